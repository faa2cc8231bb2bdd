import type { DType, TypedArray } from "@rowan/api";
import { expect, test } from "vitest";
import type { CastKernels } from "../kernels.ts";
import { onBoth } from "../testing/twins.ts";

const floats = [
  0,
  -0,
  0.9,
  -0.9,
  1,
  -1,
  126.9,
  127,
  128,
  -128.5,
  -129,
  255,
  255.9,
  256,
  1e6,
  -1e6,
  2147483520,
  2147483648,
  -2147483648,
  1e30,
  -1e30,
  NaN,
  Infinity,
  -Infinity,
  1e-45,
];
const integers = [0, 1, -1, 127, 128, -128, -129, 255, 256, 257, 16777217, -16777219, 2147483647, -2147483648];
const bytes = [0, 1, 2, 127, 128, 200, 255];

type Kernel = keyof CastKernels<0, 0, 0>;

/** The kernels, with what they read, what they write, and the values for the whole list. */
const cases: [name: Kernel, from: DType, to: DType, expected: number[]][] = [
  [
    "castF32I32",
    "float32",
    "int32",
    floats.map((x) => (Number.isNaN(x) ? 0 : Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(Math.fround(x)))))),
  ],
  ["castF32I8", "float32", "int8", floats.map((x) => (Number.isNaN(x) ? 0 : Math.max(-128, Math.min(127, Math.trunc(x)))))],
  ["castF32U8", "float32", "uint8", floats.map((x) => (Number.isNaN(x) ? 0 : Math.max(0, Math.min(255, Math.trunc(x)))))],
  ["castF32Bool", "float32", "bool", floats.map((x) => Number(x !== 0))],
  ["castI32F32", "int32", "float32", integers.map(Math.fround)],
  ["castI32U8", "int32", "uint8", integers.map((x) => x & 255)],
  ["castI32Bool", "int32", "bool", integers.map((x) => Number(x !== 0))],
  ["castI8F32", "int8", "float32", bytes.map((x) => (x > 127 ? x - 256 : x))],
  ["castU8F32", "uint8", "float32", bytes],
  ["castI8I32", "int8", "int32", bytes.map((x) => (x > 127 ? x - 256 : x))],
  ["castU8I32", "uint8", "int32", bytes],
  ["castU8Bool", "uint8", "bool", bytes.map((x) => Number(x !== 0))],
];

test.each(cases)("%s at every length", async (name, from, to, expected) => {
  const list = from === "float32" ? Float32Array.from(floats) : from === "int32" ? Int32Array.from(integers) : Uint8Array.from(bytes);
  for (let length = 0; length <= list.length; length++) {
    const x: TypedArray = list.slice(0, length);
    const { plain, wasm } = await onBoth(to, length, ({ kernels, put, room }) => {
      const [source, out] = [put(x), room(length * (to === "float32" || to === "int32" ? 4 : 1))];
      if (name === "castF32I32") kernels[name](source.f32, out.i32, length);
      else if (name === "castF32I8" || name === "castF32U8" || name === "castF32Bool") kernels[name](source.f32, out.u8, length);
      else if (name === "castI32F32") kernels[name](source.i32, out.f32, length);
      else if (name === "castI32U8" || name === "castI32Bool") kernels[name](source.i32, out.u8, length);
      else if (name === "castI8F32" || name === "castU8F32") kernels[name](source.u8, out.f32, length);
      else if (name === "castI8I32" || name === "castU8I32") kernels[name](source.u8, out.i32, length);
      else kernels[name](source.u8, out.u8, length);
      return out;
    });
    const zeroless = (values: Iterable<number>): number[] => Array.from(values, (value) => value + 0);
    expect(zeroless(plain)).toEqual(zeroless(expected.slice(0, length)));
    expect(zeroless(wasm)).toEqual(zeroless(expected.slice(0, length)));
  }
});
