import type { Backend, SimilarityMetric } from "@rowan/api";
import type { Context } from "../context.ts";

const metrics: Record<SimilarityMetric, number> = { cosine: 0, dot: 1, euclidean: 2 };

/**
 * Search among rows.
 *
 * @param context - Kernels and memory.
 * @returns Members of the contract.
 */
export function nearestMembers<F, I, U>(context: Context<F, I, U>): Required<Pick<Backend, "nearestRows">> {
  const { kernels, storage } = context;
  return {
    nearestRows({ source, queries, metric, k }) {
      const [rows, dim] = source.shape as [number, number];
      const count = queries.shape[0] as number;
      const made = [context.result("float32", count)];
      const take = (length: number): (typeof made)[number] => {
        const block = context.result("float32", length);
        made.push(block);
        return block;
      };
      try {
        const [lengths, values, indices] = [made[0] as (typeof made)[number], take(count * k), take(count * k)];
        kernels.nearestRows(
          context.block(source).f32,
          context.block(queries).f32,
          lengths.f32,
          values.f32,
          indices.i32,
          rows,
          dim,
          count,
          k,
          metrics[metric],
        );
        made.splice(1);
        return { values, indices };
      } finally {
        for (const block of made) storage.free(block);
      }
    },
  };
}
