import { describe, expect, test } from "vitest";
import { onBoth, randomFloats, randomIntegers } from "../testing/twins.ts";

/** Values and indices of one search, as one int32 result each. */
async function search(
  source: Float32Array,
  queries: Float32Array,
  shape: { rows: number; dim: number; count: number; k: number; metric: number },
): Promise<{ plain: [number[], number[]]; wasm: [number[], number[]] }> {
  const { rows, dim, count, k, metric } = shape;
  const results = { plain: [] as number[][], wasm: [] as number[][] };
  for (const dtype of ["float32", "int32"] as const) {
    const { plain, wasm } = await onBoth(dtype, count * k, ({ kernels, put, room }) => {
      const [lengths, values, indices] = [room(4 * count), room(4 * count * k), room(4 * count * k)];
      kernels.nearestRows(
        put(source).f32,
        put(queries).f32,
        lengths.f32,
        values.f32,
        indices.i32,
        rows,
        dim,
        count,
        k,
        metric,
        lengths.f32,
        0,
      );
      return dtype === "float32" ? values : indices;
    });
    results.plain.push([...plain]);
    results.wasm.push([...wasm]);
  }
  return results as unknown as { plain: [number[], number[]]; wasm: [number[], number[]] };
}

describe.each([
  ["dot product", 1],
  ["squared distance", 2],
])("%s", (_name, metric) => {
  test("every remainder of rows and of their length, ties by the lower row", async () => {
    for (const dim of [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 33]) {
      for (const rows of [1, 2, 3, 4, 5, 6, 7, 8, 9, 31]) {
        for (const k of [0, 1, 3, rows].filter((some) => some <= rows)) {
          const shape = { rows, dim, count: 2, k, metric };
          const source = Float32Array.from(randomIntegers(rows * dim, dim + rows, -2, 3));
          const queries = Float32Array.from(randomIntegers(2 * dim, k, -2, 3));
          const { plain, wasm } = await search(source, queries, shape);
          expect(wasm).toEqual(plain);
          const scores = (query: number): number[] =>
            Array.from({ length: rows }, (_, row) => {
              let score = 0;
              for (let j = 0; j < dim; j++) {
                const [x, y] = [source[row * dim + j] as number, queries[query * dim + j] as number];
                score += metric === 1 ? x * y : -((x - y) ** 2);
              }
              return score;
            });
          const best = (query: number): number[] => {
            const all = scores(query);
            return [...all.keys()].sort((a, b) => (all[b] as number) - (all[a] as number) || a - b).slice(0, k);
          };
          expect(plain[1], `${rows} rows of ${dim}, ${k} wanted`).toEqual([...best(0), ...best(1)]);
        }
      }
    }
  });
});

test.each([1, 2, 3, 4, 5, 8, 17, 64])("cosine of rows of %i: the scores of all rows, and 0 for a zero vector", async (dim) => {
  const rows = 7;
  const source = randomFloats(rows * dim, dim);
  source.fill(0, 2 * dim, 3 * dim);
  const queries = randomFloats(2 * dim, 5);
  queries.fill(0, dim);
  const { plain, wasm } = await search(source, queries, { rows, dim, count: 2, k: rows, metric: 0 });
  for (const [values, indices] of [plain, wasm]) {
    for (let i = 0; i < rows; i++) {
      const row = source.subarray((indices[i] as number) * dim, ((indices[i] as number) + 1) * dim);
      const query = queries.subarray(0, dim);
      const product = row.reduce((sum, x, j) => sum + x * (query[j] as number), 0);
      expect(values[i]).toBeCloseTo(product === 0 ? 0 : product / (Math.hypot(...row) * Math.hypot(...query)), 5);
      expect(i === 0 || (values[i] as number) <= (values[i - 1] as number)).toBe(true);
    }
    expect(values.slice(rows)).toEqual(Array.from(indices.slice(rows), () => 0));
    expect(indices.slice(rows)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect([...indices.slice(0, rows)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  }
});

test.each([0, 1, 2])("rows with NaN come after all others, also once the list is full (metric %i)", async (metric) => {
  const source = Float32Array.of(NaN, 1, NaN, NaN, 3, 4, NaN, 2, -5);
  const { plain, wasm } = await search(source, Float32Array.of(1), { rows: 9, dim: 1, count: 1, k: 6, metric });
  expect(wasm).toEqual(plain);
  expect(wasm[1][5]).toBe(0);
  expect(wasm[1].slice(0, 5).sort()).toEqual([1, 4, 5, 7, 8]);
});

describe.each([
  ["int8", 0],
  ["int4", 1],
  ["int4 in blocks", 2],
  ["float16", 3],
  ["bfloat16", 4],
])("%s", (_name, code) => {
  test.each([0, 1, 2])("scores and rows are those of the decoded rows, at every remainder (metric %i)", async (metric) => {
    for (const dim of [1, 2, 3, 7, 8, 9, 16, 19, 33]) {
      for (const rows of [1, 3, 4, 5, 8, 11]) {
        const block = code === 2 ? Math.min(dim, 3) : dim;
        const groups = Math.ceil(dim / block);
        // Half bytes below 0x3c are floats of both kinds that are neither huge nor infinite.
        const bytes = Uint8Array.from(randomIntegers(rows * dim * 2, dim + rows, 0, code > 2 ? 60 : 256));
        const scale = randomFloats(rows * groups, 3).map((value) => value + 1.5);
        const zeros = Uint8Array.from(randomIntegers(rows * groups, 4, 0, 4));
        const queries = randomFloats(2 * dim, 5);
        const k = Math.min(rows, 4);
        for (const dtype of ["float32", "int32"] as const) {
          const found = await onBoth(dtype, 2 * k, ({ kernels, put, room }) => {
            const [lengths, four, values, indices] = [room(8), room(16 * dim), room(8 * k), room(8 * k)];
            const [data, scales, points, asked] = [put(bytes).u8, put(scale).f32, put(zeros).u8, put(queries).f32];
            const results = [values.f32, indices.i32] as const;
            kernels.nearestCoded(
              code,
              data,
              scales,
              points,
              block,
              asked,
              lengths.f32,
              four.f32,
              ...results,
              rows,
              dim,
              2,
              k,
              metric,
              scales,
              0,
            );
            return dtype === "float32" ? values : indices;
          });
          const decoded = await onBoth(dtype, 2 * k, ({ kernels, put, room }) => {
            const [lengths, floats, values, indices] = [room(8), room(4 * rows * dim), room(8 * k), room(8 * k)];
            const ids = put(Int32Array.from({ length: rows }, (_, row) => row)).i32;
            kernels.gatherCoded(code, put(bytes).u8, put(scale).f32, put(zeros).u8, ids, floats.f32, rows, dim, block);
            kernels.nearestRows(floats.f32, put(queries).f32, lengths.f32, values.f32, indices.i32, rows, dim, 2, k, metric, floats.f32, 0);
            return dtype === "float32" ? values : indices;
          });
          expect(found, `${rows} rows of ${dim}`).toEqual(decoded);
        }
      }
    }
  });
});
