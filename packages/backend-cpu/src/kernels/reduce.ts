import type { ReduceKernels, Reduction } from "../kernels.ts";

type Values = Float32Array | Int32Array;

/** Folds in float64, which holds every int32 and keeps long float32 sums exact enough. */
function fold(start: number, f: (folded: number, x: number) => number): Reduction<Values, Values> {
  return (x, out, outer, extent, inner) => {
    for (let i = 0; i < outer; i++) {
      for (let j = 0; j < inner; j++) {
        let folded = start;
        for (let k = 0, at = i * extent * inner + j; k < extent; k++, at += inner) folded = f(folded, x[at] as number);
        out[i * inner + j] = folded;
      }
    }
  };
}

function argMax(x: Values, out: Int32Array, outer: number, extent: number, inner: number): void {
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < inner; j++) {
      const start = i * extent * inner + j;
      let best = 0;
      for (let k = 1; k < extent; k++) if (isLarger(x[start + k * inner] as number, x[start + best * inner] as number)) best = k;
      out[i * inner + j] = best;
    }
  }
}

/**
 * The order in which NaN is the largest number, and equal to itself.
 *
 * @param a - A number.
 * @param b - Another one.
 * @returns Whether `a` comes before `b` when the largest come first.
 */
function isLarger(a: number, b: number): boolean {
  return a > b || (Number.isNaN(a) && !Number.isNaN(b));
}

/** Reductions over typed arrays. */
export const reduceKernels: ReduceKernels<Float32Array, Int32Array> = {
  sumF32: fold(0, (sum, x) => sum + x),
  maxF32: fold(-Infinity, Math.max),
  minF32: fold(Infinity, Math.min),
  argMaxF32: argMax,
  sumI32: fold(0, (sum, x) => (sum + x) | 0),
  maxI32: fold(-2147483648, Math.max),
  minI32: fold(2147483647, Math.min),
  argMaxI32: argMax,
};
