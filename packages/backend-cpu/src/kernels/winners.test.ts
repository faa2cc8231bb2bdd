import { describe, expect, test } from "vitest";
import { farthest, onBoth, randomFloats, randomIntegers } from "../testing/twins.ts";

const dims = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 20, 31, 32, 33, 48, 63, 64, 100, 300];
const lengths = [0, 1, 2, 5, 0, 17, 1, 64, 0];
const offsets = Int32Array.from([0, ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, n) => sum + n))]);
const count = offsets.at(-1) as number;
const bags = lengths.length;
const ids = randomIntegers(count, 1, 0, 23);

describe("winBags", () => {
  test.each(dims)("rows of %i, with ties, NaN and infinities", async (dim) => {
    // Few values, so that many are equal.
    const source = Float32Array.from(randomIntegers(23 * dim, dim, -3, 4));
    source[3 * dim] = NaN;
    source[5 * dim + dim - 1] = -Infinity;
    source[6 * dim] = Infinity;
    const values = await onBoth("float32", bags * dim, ({ kernels, put, room }) => {
      const out = room(bags * dim * 4);
      kernels.winBags(put(source).f32, put(ids).i32, put(offsets).i32, out.f32, room(bags * dim * 4).i32, bags, dim);
      return out;
    });
    const winners = await onBoth("int32", bags * dim, ({ kernels, put, room }) => {
      const out = room(bags * dim * 4);
      kernels.winBags(put(source).f32, put(ids).i32, put(offsets).i32, room(bags * dim * 4).f32, out.i32, bags, dim);
      return out;
    });
    expect(farthest(values.plain, values.wasm)).toBe(0);
    expect(winners.wasm).toEqual(winners.plain);
    winners.wasm.forEach((position, at) => {
      const [bag, column] = [Math.floor(at / dim), at % dim];
      const seen = Array.from(ids.subarray(offsets[bag], offsets[bag + 1]), (id) => source[id * dim + column] as number);
      const largest = Math.max(...seen);
      const first = seen.findIndex((value) => Object.is(value, largest) || value === largest);
      expect(position).toBe(first < 0 ? -1 : (offsets[bag] as number) + first);
      expect(values.wasm[at]).toBe(first < 0 ? 0 : largest);
    });
  });
});

describe("sumWon", () => {
  test.each(dims)("rows of %i: the same bits, and no NaN from what others won", async (dim) => {
    const source = randomFloats(bags * dim, dim);
    source[dim] = NaN;
    source[2 * dim] = Infinity;
    const winners = randomIntegers(bags * dim, 7, -1, 6);
    const positions = randomIntegers(20, 3, 0, 6);
    const owners = randomIntegers(20, 4, 0, bags);
    const groups = Int32Array.of(0, 0, 1, 8, 9, 20);
    const { plain, wasm } = await onBoth("float32", 5 * dim, ({ kernels, put, room }) => {
      const out = room(5 * dim * 4);
      kernels.sumWon(put(source).f32, put(winners).i32, put(positions).i32, put(owners).i32, put(groups).i32, out.f32, 5, dim);
      return out;
    });
    expect(farthest(plain, wasm)).toBe(0);
    const expected = new Float32Array(5 * dim);
    for (let group = 0; group < 5; group++) {
      for (let k = groups[group] as number; k < (groups[group + 1] as number); k++) {
        for (let j = 0; j < dim; j++) {
          const from = (owners[k] as number) * dim + j;
          if (winners[from] === positions[k]) expected[group * dim + j] = (expected[group * dim + j] as number) + (source[from] as number);
        }
      }
    }
    expect(farthest(wasm, expected)).toBe(0);
  });
});

describe("dotRows", () => {
  test.each(dims)("rows of %i: the same bits, near the float64 result", async (dim) => {
    const [a, b] = [randomFloats(9 * dim, dim), randomFloats(5 * dim, dim + 1)];
    const [aIds, bIds] = [randomIntegers(13, 1, 0, 9), randomIntegers(13, 2, 0, 5)];
    const { plain, wasm } = await onBoth("float32", 13, ({ kernels, put, room }) => {
      const out = room(13 * 4);
      kernels.dotRows(put(a).f32, put(aIds).i32, put(b).f32, put(bIds).i32, out.f32, 13, dim);
      return out;
    });
    expect(farthest(plain, wasm)).toBe(0);
    wasm.forEach((dot, i) => {
      let sum = 0;
      for (let j = 0; j < dim; j++) sum += (a[(aIds[i] as number) * dim + j] as number) * (b[(bIds[i] as number) * dim + j] as number);
      // At most 300 products up to 4 in sixteen sums of 19: each addition rounds by 4e-6 at most, mostly much less.
      expect(Math.abs(dot - sum)).toBeLessThan(1e-6 * (dim + 4));
    });
  });
});
