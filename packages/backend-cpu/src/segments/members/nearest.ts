import type { Backend, TensorRef } from "@rowan/api";
import { sizeOf } from "@rowan/api";
import type { Desk } from "../desk.ts";
import type { Segment } from "../segmented-block.ts";

/** What one segment found, for every query. */
interface Found {
  readonly k: number;
  readonly values: Float32Array;
  readonly indices: Int32Array;
}

/**
 * Search among rows in segments: each segment is searched where it lies, and the best of all are put together.
 *
 * @param desk - The first memory.
 * @returns Members of the contract.
 */
export function segmentedNearest<F, I, U>(desk: Desk<F, I, U>): Required<Pick<Backend, "nearestRows">> {
  const { home } = desk;

  function searchSegment(
    { memory, block, start, bytes }: Segment<F, I, U>,
    dim: number,
    queries: TensorRef,
    values: Float32Array,
    metric: Parameters<Required<Backend>["nearestRows"]>[0]["metric"],
    most: number,
  ): Found {
    const { members } = memory;
    const rows = bytes / (dim * 4);
    const [count, k] = [queries.shape[0] as number, Math.min(most, rows)];
    const asked: TensorRef = { handle: members.allocate("float32", values.length), shape: queries.shape, dtype: "float32" };
    try {
      members.write(asked, values, 0);
      const top = members.nearestRows({ source: { handle: block, shape: [rows, dim], dtype: "float32" }, queries: asked, metric, k });
      const read = (handle: object, dtype: "float32" | "int32"): ReturnType<typeof members.readSync> => {
        const found = members.readSync({ handle, shape: [count, k], dtype }, 0, count * k);
        members.free(handle);
        return found;
      };
      const first = start / (dim * 4);
      return {
        k,
        values: read(top.values, "float32") as Float32Array,
        indices: (read(top.indices, "int32") as Int32Array).map((index) => index + first),
      };
    } finally {
      members.free(asked.handle);
    }
  }

  return {
    nearestRows(args) {
      const { source, queries, metric, k } = args;
      const whole = desk.segmented(source);
      if (!whole && !desk.segmented(queries)) return home.nearestRows(args);
      const dim = source.shape[1] as number;
      if (!whole || whole.segmentBytes % (dim * 4) !== 0)
        return desk.with((keep) => home.nearestRows({ source: desk.bring(keep, source), queries: desk.bring(keep, queries), metric, k }));

      const values = desk.readSync(queries, 0, sizeOf(queries.shape)) as Float32Array;
      const found = whole.segments.map((segment) => searchSegment(segment, dim, queries, values, metric, k));
      const count = queries.shape[0] as number;
      const width = found.reduce((total, part) => total + part.k, 0);
      // One row of candidates a query, the first segment's first: among equals `topK` takes the one in front, which is the lower row.
      const [scores, rows] = [new Float32Array(count * width), new Int32Array(count * width)];
      let column = 0;
      for (const part of found) {
        for (let query = 0; query < count; query++) {
          scores.set(part.values.subarray(query * part.k, (query + 1) * part.k), query * width + column);
          rows.set(part.indices.subarray(query * part.k, (query + 1) * part.k), query * width + column);
        }
        column += part.k;
      }
      return desk.with((keep) => {
        const candidates = desk.temporary(keep, "float32", [count, width]);
        home.write(candidates, scores, 0);
        const top = home.topK(candidates, k);
        const places: TensorRef = { handle: top.indices, shape: [count, k], dtype: "int32" };
        const chosen = home.readSync(places, 0, count * k).map((place, i) => rows[Math.floor(i / k) * width + place] as number);
        home.write(places, chosen, 0);
        return top;
      });
    },
  };
}
