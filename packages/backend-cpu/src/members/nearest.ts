import type { Backend, Handle, NearestRowsArgs, SimilarityMetric } from "@rowan/api";
import type { Context } from "../context.ts";
import type { Block } from "../storage.ts";
import { codedRows } from "./quantized.ts";

const metrics: Record<SimilarityMetric, number> = { cosine: 0, dot: 1, euclidean: 2 };

/**
 * Search among rows.
 *
 * @param context - Kernels and memory.
 * @returns Members of the contract.
 */
export function nearestMembers<F, I, U>(
  context: Context<F, I, U>,
): Required<Pick<Backend, "nearestRows" | "rowLengths" | "nearestQuantized">> {
  const { kernels, storage } = context;

  /** Runs a search with memory for its results, and with `room` floats that it needs on the way. */
  function search(
    { queries, k }: Pick<NearestRowsArgs, "queries" | "k">,
    room: number,
    run: (count: number, room: Block<F, I, U>, values: Block<F, I, U>, indices: Block<F, I, U>) => void,
  ): { values: Handle; indices: Handle } {
    const count = queries.shape[0] as number;
    const made: Block<F, I, U>[] = [];
    const take = (length: number): Block<F, I, U> => {
      const block = context.result("float32", length);
      made.push(block);
      return block;
    };
    try {
      const [on, values, indices] = [take(room), take(count * k), take(count * k)];
      run(count, on, values, indices);
      made.splice(1);
      return { values, indices };
    } finally {
      for (const block of made) storage.free(block);
    }
  }

  return {
    nearestRows(args) {
      const { source, queries, metric, k } = args;
      const [rows, dim] = source.shape as [number, number];
      return search(args, queries.shape[0] as number, (count, lengths, values, indices) => {
        const [from, asked] = [context.block(source).f32, context.block(queries).f32];
        const known = args.lengths ? context.block(args.lengths).f32 : from;
        const measured = Number(args.lengths !== undefined);
        kernels.nearestRows(from, asked, lengths.f32, values.f32, indices.i32, rows, dim, count, k, metrics[metric], known, measured);
      });
    },
    rowLengths(source) {
      const [rows, dim] = source.shape as [number, number];
      const out = context.result("float32", rows);
      kernels.measureRows(context.block(source).f32, out.f32, rows, dim);
      return out;
    },
    nearestQuantized(args) {
      const { source, queries, metric, k } = args;
      const { dim } = source;
      const rows = source.data.shape[0] as number;
      // The lengths of the queries, and then four rows.
      return search(args, (queries.shape[0] as number) + 4 * dim, (count, lengths, values, indices) => {
        const floats = storage.window(lengths, count * 4);
        kernels.nearestCoded(
          ...codedRows(context, source),
          Math.min(source.block, dim),
          context.block(queries).f32,
          lengths.f32,
          floats.f32,
          values.f32,
          indices.i32,
          rows,
          dim,
          count,
          k,
          metrics[metric],
          args.lengths ? context.block(args.lengths).f32 : floats.f32,
          Number(args.lengths !== undefined),
        );
      });
    },
  };
}
