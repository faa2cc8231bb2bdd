import type { NearestPart, ScratchPlace } from "../protocol.ts";
import type { Memories } from "./memories.ts";

/** How the kernels call layouts of less than two bytes a value. */
const [int8, int4, int4Blocks] = [0, 1, 2];

/**
 * The nearest rows among those of a slice, which lies in one segment. Numbers of rows are counted from the slice's first row.
 *
 * @param memories - All of them.
 * @param part - Queries, and where results go.
 * @param scratch - Of this task; in the segment's memory it holds what `nearestScratch` says.
 * @param slice - The number of the slice, which is the place of its result.
 * @param from - Its first row.
 * @param to - One past its last row.
 */
export function nearestInSlice(
  memories: Memories,
  part: NearestPart,
  scratch: readonly ScratchPlace[],
  slice: number,
  from: number,
  to: number,
): void {
  const { table, home, count, k, metric } = part;
  const { dim, code, block } = table;
  const segment = table.segments.find(({ firstRow, rows }) => from >= firstRow && from < firstRow + rows);
  if (!segment) throw new RangeError(`internal: no segment has row ${from}`);
  const memory = memories.get(segment.memory);
  const place = scratch.find(({ memory: number }) => number === segment.memory) as ScratchPlace;
  let at = place.address;
  const take = (words: number): number => {
    const address = at;
    at += Math.ceil(words / 16) * 64;
    return address;
  };
  const lengths = take(count);
  const values = take(count * k);
  const indices = take(count * k);
  const queries = take(count * dim);
  memory.floats(queries, count * dim).set(memories.get(home).floats(part.queries, count * dim));

  const rows = to - from;
  const best = Math.min(k, rows);
  const first = from - segment.firstRow;
  const data = segment.data + first * rowBytes(table);
  if (code < 0) memory.kernels.nearestRows(data, queries, lengths, values, indices, rows, dim, count, best, metric, data, 0);
  else {
    const groups = Math.ceil(dim / block);
    const [scale, zeros] = [segment.scale + first * groups * 4, segment.zeros + first * groups];
    const lists = [values, indices] as const;
    memory.kernels.nearestCoded(
      code,
      data,
      scale,
      zeros,
      block,
      queries,
      lengths,
      take(4 * dim),
      ...lists,
      rows,
      dim,
      count,
      best,
      metric,
      data,
      0,
    );
  }
  const results = count * best;
  memories
    .get(home)
    .floats(part.values + slice * count * k * 4, results)
    .set(memory.floats(values, results));
  memories
    .get(home)
    .ints(part.indices + slice * count * k * 4, results)
    .set(memory.ints(indices, results));
}

/**
 * Bytes of scratch that the search of a slice takes.
 *
 * @param dim - Values in a row.
 * @param count - Queries.
 * @param k - Rows for each.
 * @param isQuantized - Four rows at a time become floats.
 * @returns Bytes.
 */
export function nearestScratch(dim: number, count: number, k: number, isQuantized: boolean): number {
  const words = count + 2 * count * k + count * dim + (isQuantized ? 4 * dim : 0);
  return words * 4 + 10 * 64;
}

function rowBytes({ code, dim }: NearestPart["table"]): number {
  if (code < 0) return dim * 4;
  if (code === int8) return dim;
  return code === int4 || code === int4Blocks ? (dim + 1) >> 1 : dim * 2;
}
