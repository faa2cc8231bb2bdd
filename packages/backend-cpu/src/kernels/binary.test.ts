import type { TypedArray } from "@rowan/api";
import { describe, expect, test } from "vitest";
import type { IntegerArithmeticOp, RelationOp } from "../kernels.ts";
import { broadcastStrides, collapse } from "../layout.ts";
import { farthest, onBoth, randomFloats, randomIntegers, ulps } from "../testing/twins.ts";
import type { Rig } from "../testing/twins.ts";

const arithmetic = ["add", "sub", "mul", "div", "maximum", "minimum", "pow"] as const;
const integerArithmetic: IntegerArithmeticOp[] = ["add", "sub", "mul", "maximum", "minimum"];
const relations: RelationOp[] = ["equal", "notEqual", "greater", "greaterEqual", "less", "lessEqual"];

/** Shapes of a, b and the result: each way to broadcast, at every remainder of a vector. */
const shapes: [a: number[], b: number[]][] = [
  [[], []],
  ...[1, 2, 3, 4, 5, 7, 16, 17, 33].flatMap((n): [number[], number[]][] => [
    [[n], [n]],
    [[n], []],
    [[], [n]],
    [[3, n], [n]],
    [
      [3, n],
      [3, 1],
    ],
    [[3, 1], [n]],
    [
      [2, 1, n],
      [1, 3, 1],
    ],
    [
      [2, 3, 1, n],
      [3, 2, 1],
    ],
  ]),
];

function resultShape(a: number[], b: number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => Math.max(a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1));
}

const sizeOf = (shape: number[]): number => shape.reduce((size, extent) => size * extent, 1);

/** The layout's words and its rank, as kernels take them. */
function walkOf(a: number[], b: number[]): [words: Int32Array, rank: number] {
  const shape = resultShape(a, b);
  const { dims, strides } = collapse(shape, [broadcastStrides(a, shape), broadcastStrides(b, shape)]);
  return [Int32Array.from([...dims, ...strides.flat(), ...dims, 0, 0]), dims.length];
}

async function both(
  a: [values: TypedArray, shape: number[]],
  b: [values: TypedArray, shape: number[]],
  dtype: "float32" | "int32" | "bool",
  apply: <F, I, U>(
    rig: Rig<F, I, U>,
    x: { f32: F; i32: I; u8: U },
    y: { f32: F; i32: I; u8: U },
    out: { f32: F; i32: I; u8: U },
    layout: I,
    rank: number,
  ) => void,
): ReturnType<typeof onBoth> {
  const [words, rank] = walkOf(a[1], b[1]);
  const length = sizeOf(resultShape(a[1], b[1]));
  return onBoth(dtype, length, (rig) => {
    const out = rig.room(length * (dtype === "bool" ? 1 : 4));
    apply(rig, rig.put(a[0]), rig.put(b[0]), out, rig.put(words).i32, rank);
    return out;
  });
}

describe.each(arithmetic)("%s", (op) => {
  test("float32, every way to broadcast", async () => {
    for (const [a, b] of shapes) {
      const x: [Float32Array, number[]] = [randomFloats(sizeOf(a), 3).map(op === "pow" ? Math.abs : Number), a];
      const { plain, wasm } = await both(x, [randomFloats(sizeOf(b), 4), b], "float32", ({ kernels }, left, right, out, layout, rank) =>
        kernels[`${op}F32`](left.f32, right.f32, out.f32, layout, rank),
      );
      expect(farthest(plain, wasm), `${String(a)} and ${String(b)}`).toBeLessThanOrEqual(op === "pow" ? 1 : 0);
    }
  });

  test("every pair of corners", async () => {
    const corners = Float32Array.of(0, -0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1e-45, 1e38, -1e38, NaN, Infinity, -Infinity, 16777216, -1e-40);
    const n = corners.length;
    const { plain, wasm } = await both([corners, [n, 1]], [corners, [n]], "float32", ({ kernels }, left, right, out, layout, rank) =>
      kernels[`${op}F32`](left.f32, right.f32, out.f32, layout, rank),
    );
    for (let i = 0; i < n * n; i++) {
      const name = `${op}(${corners[Math.floor(i / n)]}, ${corners[i % n]})`;
      expect(ulps(plain[i] as number, wasm[i] as number), name).toBeLessThanOrEqual(op === "pow" ? 1 : 0);
      expect(Object.is(wasm[i], -0), `sign of ${name}`).toBe(Object.is(plain[i], -0));
    }
  });
});

test.each(integerArithmetic)("%s of int32, which wraps around", async (op) => {
  for (const [a, b] of shapes) {
    const x = randomIntegers(sizeOf(a), 1, -(2 ** 31), 2 ** 31);
    const y = randomIntegers(sizeOf(b), 2, -(2 ** 31), 2 ** 31);
    const { plain, wasm } = await both([x, a], [y, b], "int32", ({ kernels }, left, right, out, layout, rank) =>
      kernels[`${op}I32`](left.i32, right.i32, out.i32, layout, rank),
    );
    expect(wasm).toEqual(plain);
  }
});

describe.each(relations)("%s", (op) => {
  test("of every dtype, every way to broadcast", async () => {
    for (const [a, b] of shapes) {
      const floats = [randomIntegers(sizeOf(a), 5, -2, 3), randomIntegers(sizeOf(b), 6, -2, 3)].map((values) =>
        Float32Array.from(values, (x) => (x === -2 ? NaN : x)),
      ) as [Float32Array, Float32Array];
      const f32 = await both([floats[0], a], [floats[1], b], "bool", ({ kernels }, x, y, out, layout, rank) =>
        kernels[`${op}F32`](x.f32, y.f32, out.u8, layout, rank),
      );
      expect(f32.wasm).toEqual(f32.plain);
      const i32 = await both(
        [randomIntegers(sizeOf(a), 7, -2, 3), a],
        [randomIntegers(sizeOf(b), 8, -2, 3), b],
        "bool",
        ({ kernels }, x, y, out, layout, rank) => kernels[`${op}I32`](x.i32, y.i32, out.u8, layout, rank),
      );
      expect(i32.wasm).toEqual(i32.plain);
      const bytes = [
        Uint8Array.from(randomIntegers(sizeOf(a), 9, 126, 131)),
        Uint8Array.from(randomIntegers(sizeOf(b), 10, 126, 131)),
      ] as const;
      for (const suffix of ["I8", "U8"] as const) {
        const byte = await both([bytes[0], a], [bytes[1], b], "bool", ({ kernels }, x, y, out, layout, rank) =>
          kernels[`${op}${suffix}`](x.u8, y.u8, out.u8, layout, rank),
        );
        expect(byte.wasm).toEqual(byte.plain);
      }
    }
  });
});

test("signed and unsigned bytes compare differently", async () => {
  for (const [suffix, expected] of [
    ["I8", 0],
    ["U8", 1],
  ] as const) {
    const { plain, wasm } = await both(
      [Uint8Array.of(200), [1]],
      [Uint8Array.of(100), [1]],
      "bool",
      ({ kernels }, x, y, out, layout, rank) => kernels[`greater${suffix}`](x.u8, y.u8, out.u8, layout, rank),
    );
    expect([plain[0], wasm[0]]).toEqual([expected, expected]);
  }
});

test.each(["logicalAnd", "logicalOr"] as const)("%s of any bytes", async (op) => {
  for (const [a, b] of shapes) {
    const [x, y] = [Uint8Array.from(randomIntegers(sizeOf(a), 1, 0, 3)), Uint8Array.from(randomIntegers(sizeOf(b), 2, 0, 3))];
    const { plain, wasm } = await both([x, a], [y, b], "bool", ({ kernels }, left, right, out, layout, rank) =>
      kernels[op](left.u8, right.u8, out.u8, layout, rank),
    );
    expect(wasm).toEqual(plain);
  }
});
