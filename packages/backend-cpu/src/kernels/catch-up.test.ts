import { describe, expect, test } from "vitest";
import { farthest, onBoth, randomFloats } from "../testing/twins.ts";

const rows = 9;
const ids = Int32Array.of(7, 2, 0);
const groups = Int32Array.of(1, 0, 1);

describe.each([0, 1, 2, 3])("with %i nodes", (nodes) => {
  const columns = 3 + 2 * nodes;
  const factors = randomFloats(2 * columns, nodes, 1).map((x) => Math.abs(x) + 0.01);

  test.each([1, 2, 3, 4, 5, 8, 17, 33])("adam, with and without amsgrad, rows of %i: the same bits", async (dim) => {
    const size = rows * dim;
    for (const amsgrad of [0, 1]) {
      const { plain, wasm } = await onBoth("float32", 3 * size, ({ kernels, put, room }) => {
        const [w, m, v] = [put(randomFloats(size, 1)), put(randomFloats(size, 2)), put(randomFloats(size, 3).map(Math.abs))];
        const largest = put(randomFloats(size, 4).map(Math.abs));
        kernels.catchUpAdam(
          w.f32,
          m.f32,
          v.f32,
          largest.f32,
          put(ids).i32,
          put(factors).f32,
          put(groups).i32,
          ids.length,
          dim,
          columns,
          1e-7,
          amsgrad,
        );
        const out = room(12 * size);
        [w, m, v].forEach((block, i) => kernels.copyBytes(block.u8, 0, out.u8, i * 4 * size, 4 * size));
        return out;
      });
      expect(farthest(plain, wasm)).toBe(0);
      expect(wasm.subarray(dim, 2 * dim)).toEqual(randomFloats(size, 1).subarray(dim, 2 * dim));
      const root = randomFloats(size, amsgrad ? 4 : 3).map(Math.abs);
      // The formula of the contract in float64, for the last element of row 2.
      const [at, row] = [3 * dim - 1, factors.subarray(0, columns)];
      let moved = 0;
      for (let c = 3; c < columns; c += 2) moved += (row[c] as number) / ((row[c + 1] as number) * Math.sqrt(root[at] as number) + 1e-7);
      const expected = (row[0] as number) * ((randomFloats(size, 1)[at] as number) - (randomFloats(size, 2)[at] as number) * moved);
      expect(wasm[at]).toBeCloseTo(expected, 4);
    }
  });

  test.each([1, 3, 4, 17])("momentum, rows of %i: the same bits", async (dim) => {
    const size = rows * dim;
    const { plain, wasm } = await onBoth("float32", 2 * size, ({ kernels, put, room }) => {
      const [w, m] = [put(randomFloats(size, 1)), put(randomFloats(size, 2))];
      kernels.catchUpMomentum(w.f32, m.f32, put(ids).i32, put(factors).f32, put(groups).i32, ids.length, dim, columns);
      const out = room(8 * size);
      [w, m].forEach((block, i) => kernels.copyBytes(block.u8, 0, out.u8, i * 4 * size, 4 * size));
      return out;
    });
    expect(farthest(plain, wasm)).toBe(0);
    expect(wasm[size]).toBe(Math.fround((randomFloats(size, 2)[0] as number) * (factors[columns + 1] as number)));
  });
});

test.each([0, 1])("scaled rows are flushed only when asked for (%i)", async (flushes) => {
  const values = Float32Array.of(1, 2, 1e-38, -1e-38, 1e-40, NaN, 7, 8, 9, 10);
  const { plain, wasm } = await onBoth("float32", 10, ({ kernels, put }) => {
    const target = put(values);
    kernels.scaleRows(
      target.f32,
      put(Int32Array.of(0)).i32,
      put(Float32Array.of(8, 8, 8, 9, 9, 0.5)).f32,
      put(Int32Array.of(1)).i32,
      1,
      6,
      3,
      2,
      flushes,
    );
    return target;
  });
  expect(farthest(plain, wasm)).toBe(0);
  const small = flushes ? [0, 0, 0] : [...values.subarray(2, 5).map((x) => x / 2)];
  expect([...wasm]).toEqual([0.5, 1, ...small, NaN, 7, 8, 9, 10]);
});
