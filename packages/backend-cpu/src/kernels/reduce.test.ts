import { describe, expect, test } from "vitest";
import type { ReduceKernels } from "../kernels.ts";
import { farthest, onBoth, randomFloats, randomIntegers } from "../testing/twins.ts";

const extents = [0, 1, 2, 3, 4, 5, 15, 16, 17, 31, 64, 65, 67, 129, 1031];
const inners = [1, 2, 3, 4, 5, 7, 16, 17, 33];
const f32Ops = ["maxF32", "minF32", "argMaxF32"] as const;
const i32Ops = ["sumI32", "maxI32", "minI32", "argMaxI32"] as const;

async function both(
  op: keyof ReduceKernels<0, 0>,
  x: Float32Array | Int32Array,
  outer: number,
  extent: number,
  inner: number,
): ReturnType<typeof onBoth> {
  const integer = op.endsWith("I32") || op.startsWith("argMax");
  return onBoth(integer ? "int32" : "float32", outer * inner, ({ kernels, put, room }) => {
    const out = room(outer * inner * 4);
    const from = put(x);
    if (op === "argMaxF32") kernels[op](from.f32, out.i32, outer, extent, inner);
    else if (op === "sumF32" || op === "maxF32" || op === "minF32") kernels[op](from.f32, out.f32, outer, extent, inner);
    else kernels[op](from.i32, out.i32, outer, extent, inner);
    return out;
  });
}

describe.each(extents)("extent %i", (extent) => {
  test("max, min and argMax of float32, with NaN and equals", async () => {
    for (const inner of inners) {
      const x = randomIntegers(2 * extent * inner, extent, -5, 6);
      for (const values of [Float32Array.from(x), Float32Array.from(x, (value, i) => (value === 5 && i % 3 === 0 ? NaN : value))]) {
        for (const op of f32Ops) {
          const { plain, wasm } = await both(op, values, 2, extent, inner);
          expect(farthest(plain, wasm), `${op}, inner ${inner}`).toBe(0);
        }
      }
    }
  });

  test("int32, also where a sum wraps around", async () => {
    for (const inner of inners) {
      const x = randomIntegers(2 * extent * inner, extent, -(2 ** 31), 2 ** 31);
      for (const op of i32Ops) {
        const { plain, wasm } = await both(op, x, 2, extent, inner);
        expect(wasm, `${op}, inner ${inner}`).toEqual(plain);
      }
    }
  });

  test("sums of float32", async () => {
    for (const inner of inners) {
      const x = randomFloats(2 * extent * inner, extent).map(Math.abs);
      const { plain, wasm } = await both("sumF32", x, 2, extent, inner);
      expect(farthest(plain, wasm), `inner ${inner}`).toBeLessThanOrEqual(3);
    }
  });
});

test.each([1, 3, 4, 16])("a sum of a million elements is exact to 2e-7, in %i columns", async (inner) => {
  const extent = 1_000_003;
  const x = randomFloats(extent * inner, 4, 1).map((value) => Math.abs(value) + 0.1);
  const { plain, wasm } = await both("sumF32", x, 1, extent, inner);
  for (let column = 0; column < inner; column++) {
    const relative = Math.abs((wasm[column] as number) / (plain[column] as number) - 1);
    expect(relative).toBeLessThan(2e-7);
  }
});

test("sums carry NaN and infinities", async () => {
  for (const special of [NaN, Infinity, -Infinity]) {
    for (let place = 0; place < 21; place++) {
      const x = new Float32Array(21).fill(1);
      x[place] = special;
      const { plain, wasm } = await both("sumF32", x, 1, 21, 1);
      expect([plain[0], wasm[0]]).toEqual([special, special]);
    }
  }
});
