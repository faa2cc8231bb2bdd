import { describe, expect, test } from "vitest";
import { onBoth, randomFloats, randomIntegers } from "../testing/twins.ts";

/** What memory is full of that no kernel wrote to. */
const [untouched] = new Float32Array(new Uint8Array(4).fill(0xa5).buffer) as unknown as [number];

const sizes: [m: number, n: number, k: number][] = [];
for (const m of [0, 1, 3, 4, 5, 9]) for (const n of [1, 2, 4, 7, 8, 13, 17]) for (const k of [0, 1, 2, 5, 16, 19]) sizes.push([m, n, k]);
sizes.push([33, 70, 67], [64, 1, 130], [1, 100, 64], [1, 1, 1000]);

describe.each([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
])("matmul, a transposed %i, b transposed %i", (transposeA, transposeB) => {
  test("every remainder of a tile, alone and in batches", async () => {
    for (const [m, n, k] of sizes) {
      for (const [batches, strideA, strideB] of [
        [1, 0, 0],
        [3, m * k, k * n],
        [2, 0, k * n],
        [2, m * k, 0],
      ] as const) {
        const a = randomFloats(m * k * (strideA ? batches : 1), m + k);
        const b = randomFloats(k * n * (strideB ? batches : 1), n + k);
        const { plain, wasm } = await onBoth("float32", batches * m * n, ({ kernels, put, room }) => {
          const out = room(batches * m * n * 4);
          kernels.matmul(put(a).f32, put(b).f32, out.f32, batches, strideA, strideB, m, n, k, transposeA, transposeB, 0, m);
          return out;
        });
        // The sum of k products of numbers below 2, each rounded a few times.
        const tolerance = 4 * (k + 1) * 2 ** -23;
        const worst = Math.max(0, ...Array.from(plain, (x, i) => Math.abs(x - (wasm[i] as number))));
        expect(worst, `[${m}, ${k}] x [${k}, ${n}], ${batches}`).toBeLessThanOrEqual(tolerance);
      }
    }
  });

  test("rows have the same bits in parts as in the whole, and nothing else is written", async () => {
    for (const [m, n, k] of [...sizes, [40, 600, 33], [70, 1, 90], [64, 40, 1]] as const) {
      const a = randomFloats(2 * m * k, m + k);
      const b = randomFloats(2 * k * n, n + k);
      const product = (ranges: readonly (readonly [from: number, to: number])[]): ReturnType<typeof onBoth> =>
        onBoth("float32", 2 * m * n, ({ kernels, put, room }) => {
          const out = room(2 * m * n * 4);
          const [x, y] = [put(a).f32, put(b).f32];
          for (const [from, to] of ranges) kernels.matmul(x, y, out.f32, 2, m * k, k * n, m, n, k, transposeA, transposeB, from, to);
          return out;
        });
      const third = Math.floor(m / 3);
      const [whole, parts] = [
        await product([[0, m]]),
        await product([
          [third, m],
          [0, third],
        ]),
      ];
      expect(parts, `[${m}, ${k}] x [${k}, ${n}]`).toEqual(whole);
      const part = await product([[third, m]]);
      for (const kind of ["plain", "wasm"] as const) {
        const kept = Array.from(whole[kind], (x, i) => (Math.floor(i / n) % m < third ? untouched : x));
        expect(Array.from(part[kind]), `${kind} [${m}, ${k}] x [${k}, ${n}]`).toEqual(kept);
      }
    }
  });

  test("NaN stays in its row and column", async () => {
    const [m, n, k] = [5, 9, 6];
    const a = randomFloats(m * k, 1);
    a[transposeA ? 2 * m + 3 : 3 * k + 2] = NaN;
    const b = randomFloats(k * n, 2);
    const { plain, wasm } = await onBoth("float32", m * n, ({ kernels, put, room }) => {
      const out = room(m * n * 4);
      kernels.matmul(put(a).f32, put(b).f32, out.f32, 1, 0, 0, m, n, k, transposeA, transposeB, 0, m);
      return out;
    });
    const expected = Array.from({ length: m * n }, (_, i) => Math.floor(i / n) === 3);
    expect([...plain].map((x) => Number.isNaN(x))).toEqual(expected);
    expect([...wasm].map((x) => Number.isNaN(x))).toEqual(expected);
  });
});

describe("topK", () => {
  test.each([
    [1, 1],
    [5, 0],
    [7, 3],
    [40, 40],
    [1000, 10],
  ])("of %i, the first %i: the largest first, the lower index among equals, NaN after all", async (n, k) => {
    const rows = 3;
    const x = Float32Array.from(randomIntegers(rows * n, n, -9, 10), (value, i) => (value === 9 && i % 2 ? NaN : value));
    for (const dtype of ["float32", "int32"] as const) {
      const { plain, wasm } = await onBoth(dtype, rows * k, ({ kernels, put, room }) => {
        const [values, indices] = [room(rows * k * 4), room(rows * k * 4)];
        kernels.topK(put(x).f32, values.f32, indices.i32, rows, n, k);
        return dtype === "float32" ? values : indices;
      });
      expect(wasm).toEqual(plain);
      const rank = (value: number): number => (Number.isNaN(value) ? -Infinity : value);
      const expected = Array.from({ length: rows }, (_, row) => {
        const values = [...x.subarray(row * n, row * n + n)];
        const order = values
          .map((_value, i) => i)
          .sort((i, j) =>
            rank(values[j] as number) === rank(values[i] as number) ? i - j : rank(values[j] as number) - rank(values[i] as number),
          );
        return order.slice(0, k).map((i) => (dtype === "float32" ? (values[i] as number) : i));
      }).flat();
      expect([...plain]).toEqual(expected);
    }
  });
});
