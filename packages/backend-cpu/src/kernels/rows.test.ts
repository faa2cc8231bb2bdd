import { describe, expect, test } from "vitest";
import { farthest, onBoth, randomFloats, randomIntegers } from "../testing/twins.ts";

const rowSizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 20, 31, 32, 33, 48, 63, 64, 65, 68, 80, 128, 132, 200, 256, 1200];
const dims = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 20, 31, 32, 33, 48, 63, 64, 100, 300];

describe("gatherRows and scatterRows", () => {
  test.each(rowSizes)("rows of %i bytes", async (rowBytes) => {
    const table = Uint8Array.from(randomIntegers(11 * rowBytes, rowBytes, 0, 256));
    for (const ids of [Int32Array.of(), Int32Array.of(10), Int32Array.of(3, 3, 0), randomIntegers(37, 2, 0, 11)]) {
      const { plain, wasm } = await onBoth("uint8", ids.length * rowBytes, ({ kernels, put, room }) => {
        const out = room(ids.length * rowBytes);
        kernels.gatherRows(put(table).u8, put(ids).i32, out.u8, ids.length, rowBytes);
        return out;
      });
      const expected = [...ids].flatMap((id) => [...table.subarray(id * rowBytes, (id + 1) * rowBytes)]);
      expect([...plain]).toEqual(expected);
      expect([...wasm]).toEqual(expected);
    }
    const ids = Int32Array.of(7, 0, 10);
    const rows = Uint8Array.from(randomIntegers(3 * rowBytes, 9, 0, 256));
    const written = await onBoth("uint8", table.length, ({ kernels, put }) => {
      const target = put(table);
      kernels.scatterRows(target.u8, put(ids).i32, put(rows).u8, 3, rowBytes);
      return target;
    });
    const expected = table.slice();
    ids.forEach((id, i) => expected.set(rows.subarray(i * rowBytes, (i + 1) * rowBytes), id * rowBytes));
    expect(written.plain).toEqual(expected);
    expect(written.wasm).toEqual(expected);
  });
});

describe("bags", () => {
  const lengths = [0, 1, 2, 5, 0, 17, 1, 64, 0];
  const offsets = Int32Array.from([0, ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, n) => sum + n))]);
  const count = offsets.at(-1) as number;
  const bags = lengths.length;
  const ids = randomIntegers(count, 1, 0, 23);

  test.each(dims)("sum, mean and sqrtn of rows of %i, with and without weights: the same bits", async (dim) => {
    const source = randomFloats(23 * dim, dim);
    const weights = randomFloats(count, 3);
    // Weights that add up to nothing: a divisor of 0 gives zeros.
    weights[1] = 1;
    weights[2] = -1;
    for (const mode of [0, 1, 2]) {
      for (const weighted of [0, 1]) {
        const { plain, wasm } = await onBoth("float32", bags * dim, ({ kernels, put, room }) => {
          const out = room(bags * dim * 4);
          kernels.sumBags(put(source).f32, put(ids).i32, put(offsets).i32, put(weights).f32, weighted, out.f32, bags, dim, mode);
          return out;
        });
        expect(farthest(plain, wasm)).toBe(0);
        expect(plain.subarray(0, dim).every((x) => x === 0)).toBe(true);
        if (mode === 1 && weighted) expect(wasm.subarray(2 * dim, 3 * dim).every((x) => x === 0)).toBe(true);
      }
    }
  });

  test("the sum of a bag is the sum of its rows, in their order", async () => {
    const source = Float32Array.of(1e8, 1, -1e8, 4);
    const { plain, wasm } = await onBoth("float32", 2, ({ kernels, put, room }) => {
      const out = room(8);
      kernels.sumBags(
        put(source).f32,
        put(Int32Array.of(0, 1, 2, 0, 2, 1)).i32,
        put(Int32Array.of(0, 3, 6)).i32,
        out.f32,
        0,
        out.f32,
        2,
        1,
        0,
      );
      return out;
    });
    expect([...plain]).toEqual([0, 1]);
    expect([...wasm]).toEqual([0, 1]);
  });

  test.each(dims)("max of rows of %i carries NaN and infinities", async (dim) => {
    const source = randomFloats(23 * dim, dim);
    source[3 * dim] = NaN;
    source[5 * dim + dim - 1] = -Infinity;
    source[6 * dim] = Infinity;
    const { plain, wasm } = await onBoth("float32", bags * dim, ({ kernels, put, room }) => {
      const out = room(bags * dim * 4);
      kernels.maxBags(put(source).f32, put(ids).i32, put(offsets).i32, out.f32, bags, dim);
      return out;
    });
    expect(farthest(plain, wasm)).toBe(0);
    expect(plain.some((x) => Number.isNaN(x))).toBe(true);
    expect(wasm.subarray(0, dim).every((x) => x === 0)).toBe(true);
  });
});
