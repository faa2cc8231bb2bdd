import { mergeNearest, sizeOf } from "@rowan/api";
import type { Backend, Handle, Nearest, SimilarityMetric, TensorRef } from "@rowan/api";
import type { Members } from "../../cpu-backend.ts";
import type { Desk } from "../desk.ts";
import type { Segment } from "../segmented-block.ts";

/**
 * Search among rows in segments: each segment is searched where it lies, quantized rows in pieces, and the best of all are put together.
 *
 * @param desk - The first memory.
 * @returns Members of the contract.
 */
export function segmentedNearest<F, I, U>(desk: Desk<F, I, U>): Required<Pick<Backend, "nearestRows" | "rowLengths" | "nearestQuantized">> {
  const { home } = desk;

  function searchSegment(
    { memory, block, bytes }: Segment<F, I, U>,
    queries: TensorRef,
    values: Float32Array,
    metric: SimilarityMetric,
    most: number,
    lengths: Float32Array | undefined,
  ): Nearest[] {
    const { members } = memory;
    const [count, dim] = queries.shape as [number, number];
    const rows = bytes / (dim * 4);
    const k = Math.min(most, rows);
    const made: Handle[] = [];
    const put = (data: Float32Array, shape: readonly number[]): TensorRef => {
      const handle = members.allocate("float32", data.length);
      made.push(handle);
      const target: TensorRef = { handle, shape, dtype: "float32" };
      members.write(target, data, 0);
      return target;
    };
    try {
      const source: TensorRef = { handle: block, shape: [rows, dim], dtype: "float32" };
      const known = lengths && { lengths: put(lengths, [rows]) };
      return takeNearest(members, members.nearestRows({ source, queries: put(values, queries.shape), metric, k, ...known }), count, k);
    } finally {
      for (const handle of made) members.free(handle);
    }
  }

  function putTogether(found: readonly Nearest[], k: number): { values: Handle; indices: Handle } {
    const upload = (dtype: "float32" | "int32", data: Float32Array | Int32Array): Handle => {
      const handle = desk.context.result(dtype, data.length);
      home.write({ handle, shape: [found.length, k], dtype }, data, 0);
      return handle;
    };
    return {
      values: upload("float32", Float32Array.from(found.flatMap(({ values }) => values))),
      indices: upload("int32", Int32Array.from(found.flatMap(({ indices }) => indices))),
    };
  }

  return {
    nearestRows(args) {
      const { source, queries, metric, k } = args;
      const whole = desk.segmented(source);
      if (!whole && ![queries, ...(args.lengths ? [args.lengths] : [])].some((part) => desk.segmented(part))) return home.nearestRows(args);
      const rowBytes = (source.shape[1] as number) * 4;
      if (!whole || whole.segmentBytes % rowBytes !== 0)
        return desk.with((keep) => {
          const lengths = args.lengths && desk.bring(keep, args.lengths);
          const near = { source: desk.bring(keep, source), queries: desk.bring(keep, queries), ...(lengths && { lengths }) };
          return home.nearestRows({ ...near, metric, k });
        });
      const values = desk.readSync(queries, 0, sizeOf(queries.shape)) as Float32Array;
      const lengths = args.lengths && (desk.readSync(args.lengths, 0, sizeOf(args.lengths.shape)) as Float32Array);
      let found = noneOf(queries);
      for (const segment of whole.segments) {
        const first = segment.start / rowBytes;
        const known = lengths?.subarray(first, first + segment.bytes / rowBytes);
        found = mergeNearest(found, searchSegment(segment, queries, values, metric, k, known), first, k);
      }
      return putTogether(found, k);
    },
    rowLengths(source) {
      return desk.segmented(source) ? desk.with((keep) => home.rowLengths(desk.bring(keep, source))) : home.rowLengths(source);
    },
    nearestQuantized(args) {
      const { source, queries, k, lengths } = args;
      const { data, scale, zero } = source;
      const parts = [data, ...(scale ? [scale] : []), ...(zero ? [zero] : [])];
      const all = [...parts, queries, ...(lengths ? [lengths] : [])];
      if (!all.some((part) => desk.segmented(part))) return home.nearestQuantized(args);
      const [rows = 0, rowBytes = 0] = data.shape;
      const step = desk.rowsOfPiece(rowBytes);
      return desk.with((keepAll) => {
        const asked = desk.bring(keepAll, queries);
        let found = noneOf(queries);
        for (let from = 0; from < rows; from += step) {
          const length = Math.min(step, rows - from);
          const best = Math.min(k, length);
          const piece = desk.with((keep) => {
            const some = {
              ...source,
              data: desk.rows(keep, data, from, length),
              ...(scale && { scale: desk.rows(keep, scale, from, length) }),
              ...(zero && { zero: desk.rows(keep, zero, from, length) }),
            };
            const known = lengths && { lengths: desk.rows(keep, lengths, from, length) };
            const result = home.nearestQuantized({ ...args, source: some, queries: asked, k: best, ...known });
            return takeNearest(home, result, queries.shape[0] as number, best);
          });
          found = mergeNearest(found, piece, from, k);
        }
        return putTogether(found, k);
      });
    },
  };
}

function noneOf(queries: TensorRef): Nearest[] {
  return Array.from({ length: queries.shape[0] as number }, () => ({ values: [], indices: [] }));
}

/** Reads a search's result, and frees it. */
function takeNearest(
  members: Members,
  { values, indices }: { readonly values: Handle; readonly indices: Handle },
  count: number,
  k: number,
): Nearest[] {
  const take = (handle: Handle, dtype: "float32" | "int32"): number[] => {
    const found = Array.from(members.readSync({ handle, shape: [count, k], dtype }, 0, count * k));
    members.free(handle);
    return found;
  };
  const [scores, rows] = [take(values, "float32"), take(indices, "int32")];
  const lists = (all: readonly number[], query: number): number[] => all.slice(query * k, (query + 1) * k);
  return Array.from({ length: count }, (_, query) => ({ values: lists(scores, query), indices: lists(rows, query) }));
}
