import type { BinaryKernels, Map2 } from "../kernels.ts";
import { walk2 } from "./walk.ts";

type Values = Float32Array | Int32Array | Uint8Array;

function map(f: (a: number, b: number) => number): Map2<Values, Values, Int32Array> {
  return (a, b, out, layout, rank) => {
    let o = 0;
    walk2(layout, rank, (startA, startB, count, strideA, strideB) => {
      for (let i = 0; i < count; i++) out[o++] = f(a[startA + i * strideA] as number, b[startB + i * strideB] as number);
    });
  };
}

function onSigned(f: (a: number, b: number) => number): Map2<Values, Values, Int32Array> {
  return map((a, b) => f((a << 24) >> 24, (b << 24) >> 24));
}

const truth = {
  equal: (a: number, b: number): number => (a === b ? 1 : 0),
  notEqual: (a: number, b: number): number => (a !== b ? 1 : 0),
  greater: (a: number, b: number): number => (a > b ? 1 : 0),
  greaterEqual: (a: number, b: number): number => (a >= b ? 1 : 0),
  less: (a: number, b: number): number => (a < b ? 1 : 0),
  lessEqual: (a: number, b: number): number => (a <= b ? 1 : 0),
};

/** C's `pow`, where JavaScript's differs: 1 to any power and -1 to an infinite one are 1. */
function pow(a: number, b: number): number {
  return a === 1 || (a === -1 && !Number.isFinite(b) && !Number.isNaN(b)) ? 1 : a ** b;
}

/** Elementwise functions of two operands, over typed arrays. */
export const binaryKernels: BinaryKernels<Float32Array, Int32Array, Uint8Array> = {
  addF32: map((a, b) => a + b),
  subF32: map((a, b) => a - b),
  mulF32: map((a, b) => a * b),
  divF32: map((a, b) => a / b),
  maximumF32: map(Math.max),
  minimumF32: map(Math.min),
  powF32: map(pow),
  addI32: map((a, b) => a + b),
  subI32: map((a, b) => a - b),
  mulI32: map(Math.imul),
  maximumI32: map(Math.max),
  minimumI32: map(Math.min),
  equalF32: map(truth.equal),
  notEqualF32: map(truth.notEqual),
  greaterF32: map(truth.greater),
  greaterEqualF32: map(truth.greaterEqual),
  lessF32: map(truth.less),
  lessEqualF32: map(truth.lessEqual),
  equalI32: map(truth.equal),
  notEqualI32: map(truth.notEqual),
  greaterI32: map(truth.greater),
  greaterEqualI32: map(truth.greaterEqual),
  lessI32: map(truth.less),
  lessEqualI32: map(truth.lessEqual),
  equalI8: onSigned(truth.equal),
  notEqualI8: onSigned(truth.notEqual),
  greaterI8: onSigned(truth.greater),
  greaterEqualI8: onSigned(truth.greaterEqual),
  lessI8: onSigned(truth.less),
  lessEqualI8: onSigned(truth.lessEqual),
  equalU8: map(truth.equal),
  notEqualU8: map(truth.notEqual),
  greaterU8: map(truth.greater),
  greaterEqualU8: map(truth.greaterEqual),
  lessU8: map(truth.less),
  lessEqualU8: map(truth.lessEqual),
  logicalAnd: map((a, b) => (a !== 0 && b !== 0 ? 1 : 0)),
  logicalOr: map((a, b) => (a !== 0 || b !== 0 ? 1 : 0)),
};
