import { nearestRows as nearestOf, nearestQuantized, rowLengths } from "@rowan/api";
import type { SimilarityMetric, TensorRef } from "@rowan/api";
import { onBackend, sameAsNaive } from "./case.ts";
import type { Case, Group } from "./case.ts";
import { layouts, nameOf, quantizedRows } from "./quantized-source.ts";
import type { QuantizedLayout } from "./quantized-source.ts";
import type { Session } from "./session.ts";
import { exact, expectClose } from "./tolerance.ts";

const metrics: readonly SimilarityMetric[] = ["cosine", "dot", "euclidean"];

async function search(session: Session, source: TensorRef, queries: TensorRef, metric: SimilarityMetric, k: number): Promise<TensorRef[]> {
  const { values, indices } = await nearestOf(session.backend, { source, queries, metric, k });
  const shape = [queries.shape[0] as number, k];
  return [session.keep(values, shape), session.keep(indices, shape, "int32")];
}

/** Whole numbers: sums of products are exact in any order, so that ties are ties everywhere. */
function whole(session: Session, rows: number, dim: number): TensorRef {
  return session.tensor(session.random.integers(rows * dim, -3, 3), [rows, dim]);
}

/** Quantized rows. Scores lie within the roundings of values and sums, and further apart than that: short rows may be parallel. */
function quantizedCases(layout: QuantizedLayout): Case[] {
  return metrics.map((metric) =>
    sameAsNaive(`${metric}: ${nameOf(layout)}`, { relative: 2e-5, absolute: 2e-5 }, async (session) => {
      const outputs: TensorRef[] = [];
      for (const dim of metric === "cosine" ? [7, 8, 17, 33] : [1, 2, 7, 8, 17, 33]) {
        for (const [rows, queries, k] of [
          [1, 1, 1],
          [6, 2, 3],
          [67, 3, 10],
          [9, 0, 3],
          [9, 2, 0],
        ] as const) {
          const source = quantizedRows(session, layout, rows, dim);
          const asked = session.tensor(session.random.floats(queries * dim), [queries, dim]);
          const { values, indices } = await nearestQuantized(session.backend, { source, queries: asked, metric, k });
          outputs.push(session.keep(values, [queries, k]), session.keep(indices, [queries, k], "int32"));
        }
      }
      return outputs;
    }),
  );
}

/** Search: the scores of all rows are computed, and the best are kept. */
export const nearestRows: Group = {
  name: "nearestRows",
  cases: ({ dtypes }) => [
    ...(dtypes.includes("int8") && dtypes.includes("uint8") ? layouts.flatMap(quantizedCases) : []),
    ...(["dot", "euclidean"] as const).map((metric) =>
      sameAsNaive(`${metric}: rows of every length and number, with ties`, exact, async (session) => {
        const outputs: TensorRef[] = [];
        for (const dim of [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 33, 64]) {
          for (const [rows, queries, k] of [
            [1, 1, 1],
            [3, 2, 3],
            [4, 1, 2],
            [5, 3, 4],
            [67, 2, 10],
            [9, 0, 3],
            [9, 2, 0],
          ] as const) {
            outputs.push(...(await search(session, whole(session, rows, dim), whole(session, queries, dim), metric, k)));
          }
        }
        return outputs;
      }),
    ),
    sameAsNaive("cosine: rows of every length and number", { relative: 2e-6, absolute: 1e-6 }, async (session) => {
      const outputs: TensorRef[] = [];
      for (const dim of [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 33, 64]) {
        // The first element orders the rows by their angle, with a gap between any two.
        for (const rows of [1, 4, 5, 31]) {
          const values = session.random.floats(rows * dim, -0.001, 0.001);
          session.random.uniqueIds(rows, rows).forEach((place, row) => {
            values[row * dim] = 1;
            if (dim > 1) values[row * dim + 1] = 0.2 + place / 20;
          });
          const query = session.tensor([1, ...new Float32Array(dim - 1)], [1, dim]);
          const k = dim > 1 ? Math.min(rows, 6) : 1;
          outputs.push(...(await search(session, session.tensor(values, [rows, dim]), query, "cosine", k)));
        }
      }
      return outputs;
    }),
    sameAsNaive("cosine: rows whose lengths are known, which are believed", { relative: 2e-6, absolute: 1e-6 }, async (session) => {
      const outputs: TensorRef[] = [];
      for (const dim of [1, 3, 8, 17]) {
        for (const rows of [1, 4, 5, 31]) {
          const source = session.tensor(session.random.floats(rows * dim), [rows, dim]);
          // Powers of two apart, so that no two scores are nearly equal.
          const lengths = session.tensor(
            Float32Array.from({ length: rows }, (_, row) => 2 ** (row % 20)),
            [rows],
          );
          const queries = session.tensor(session.random.floats(2 * dim, 0.5, 1), [2, dim]);
          const k = Math.min(rows, 6);
          const { values, indices } = await nearestOf(session.backend, { source, queries, metric: "cosine", k, lengths });
          outputs.push(session.keep(values, [2, k]), session.keep(indices, [2, k], "int32"));
        }
      }
      return outputs;
    }),
    onBackend("lengths of rows, and searches that are given them: the same bits as without", async (session) => {
      const { backend, random } = session;
      for (const dim of [1, 3, 4, 8, 17, 33]) {
        for (const rows of [1, 3, 4, 5, 31]) {
          const values = random.floats(rows * dim);
          values.fill(0, 0, dim);
          const source = session.tensor(values, [rows, dim]);
          const lengths = session.keep(rowLengths(backend, source), [rows]);
          const wanted = Array.from({ length: rows }, (_, row) => Math.hypot(...values.subarray(row * dim, (row + 1) * dim)));
          expectClose(await session.read(lengths), wanted, { relative: 2e-6, absolute: 1e-20 }, `lengths of rows of ${dim}`);
          const queries = session.tensor(random.floats(2 * dim), [2, dim]);
          const results: number[][] = [];
          for (const known of [false, true]) {
            const args = { source, queries, metric: "cosine" as const, k: rows, ...(known && { lengths }) };
            const { values: scores, indices } = await nearestOf(backend, args);
            results.push([
              ...(await session.read(session.keep(scores, [2, rows]))),
              ...(await session.read(session.keep(indices, [2, rows], "int32"))),
            ]);
          }
          expectClose(results[1] ?? [], results[0] ?? [], exact, `cosines of rows of ${dim}`);
        }
      }
    }),
    onBackend("cosine: a zero vector has 0 with everything, as a row and as a query", async (session) => {
      const source = session.tensor([0, 0, 3, 4, 0, 0, -3, -4, 6, 8], [5, 2]);
      const [values, indices] = (await search(session, source, session.tensor([3, 4, 0, 0], [2, 2]), "cosine", 5)) as [
        TensorRef,
        TensorRef,
      ];
      expectClose(await session.read(values), [1, 1, 0, 0, -1, 0, 0, 0, 0, 0], { relative: 1e-6, absolute: 1e-6 }, "scores");
      const found = Array.from(await session.read(indices));
      expectClose(found.slice(2), [0, 2, 3, 0, 1, 2, 3, 4], exact, "rows");
    }),
    ...metrics.map((metric) =>
      sameAsNaive(`${metric}: rows with a not-a-number come last`, { relative: 1e-6, absolute: 1e-6 }, async (session) => {
        const source = session.tensor([Number.NaN, 1, 1, 0, 0, Number.NaN, 1, 1, -1, -2, Number.NaN, 0, 2, 8], [7, 2]);
        return search(session, source, session.tensor([1, 0.5], [1, 2]), metric, 7);
      }),
    ),
  ],
};
