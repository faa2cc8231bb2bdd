import type { SegmentPlace, TablePlace } from "../protocol.ts";
import type { KernelMemory } from "./memories.ts";

/**
 * Rows of one segment by their numbers in it, as float32.
 *
 * @param memory - The segment's memory, which is that of ids and out as well.
 * @param table - How rows are stored.
 * @param segment - Where they are.
 * @param ids - Address of int32 numbers, counted from the segment's first row.
 * @param out - Address of float32 `[count, dim]`.
 * @param count - How many.
 */
export function gatherSegment(
  { kernels }: KernelMemory,
  { dim, code, block, way }: TablePlace,
  { data, scale, zeros }: SegmentPlace,
  ids: number,
  out: number,
  count: number,
): void {
  if (code < 0) kernels.gatherRows(data, ids, out, count, dim * 4, way);
  else kernels.gatherCoded(code, data, scale, zeros, ids, out, count, dim, block);
}

/** Bags as kernels take them; ids are counted from the segment's first row. */
export interface BagsAt {
  readonly ids: number;
  readonly offsets: number;
  readonly weights: number;
  readonly weighted: number;
  readonly out: number;
  readonly count: number;
  readonly mode: number;
}

const max = 3;

/**
 * One row for each bag of rows of one segment.
 *
 * @param memory - The segment's memory, which is that of everything else as well.
 * @param table - How rows are stored.
 * @param segment - Where they are.
 * @param bags - Which rows.
 */
export function reduceSegment(
  { kernels }: KernelMemory,
  { dim, code, block }: TablePlace,
  { data, scale, zeros }: SegmentPlace,
  { ids, offsets, weights, weighted, out, count, mode }: BagsAt,
): void {
  if (code >= 0) kernels.foldCoded(code, data, scale, zeros, ids, offsets, weights, weighted, out, count, dim, block, mode);
  else if (mode === max) kernels.maxBags(data, ids, offsets, out, count, dim);
  else kernels.sumBags(data, ids, offsets, weights, weighted, out, count, dim, mode);
}
