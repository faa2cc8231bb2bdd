import { sizeOf, stridesOf } from "@rowan/api";
import type { Shape, TypedArray } from "@rowan/api";

/** Functions of one element that the engines do not give as the contract has them. */
export const functions: Readonly<Record<"sign" | "log1p" | "erfNearZero", (x: number) => number>> = {
  // The engines make 0 of the sign of NaN.
  sign: Math.sign,
  // In float32, 1 + x loses the digits of a small x.
  log1p: Math.log1p,
  erfNearZero,
};

/** Below this, erf is its series; the engine's polynomial has an absolute error that is large beside so small a value. */
export const erfSeriesEnd = 0.5;

/** `2/sqrt(pi) Σ (-1)^n x^(2n+1) / (n! (2n+1))` (NIST DLMF 7.6.1); on [-0.5, 0.5] nine terms leave less than 1e-11. */
function erfNearZero(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 9; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** One side of a function of two tensors. */
export interface Side {
  readonly values: TypedArray;
  readonly shape: Shape;
}

/**
 * A function of two tensors with broadcasting.
 *
 * @param f - Of two elements.
 * @param a - The left side.
 * @param b - The right side.
 * @param out - The results.
 * @param shape - The broadcast shape.
 */
export function mapPairs(f: (a: number, b: number) => number, a: Side, b: Side, out: TypedArray, shape: Shape): void {
  const [inA, inB] = [positionsIn(a.shape, shape), positionsIn(b.shape, shape)];
  for (let i = 0; i < out.length; i++) out[i] = f(a.values[inA(i)] as number, b.values[inB(i)] as number);
}

/** Where an element of the broadcast shape comes from. */
function positionsIn(from: Shape, to: Shape): (index: number) => number {
  if (sizeOf(from) === sizeOf(to)) return (index) => index;
  if (sizeOf(from) === 1) return () => 0;
  const lead = to.length - from.length;
  const [inner, outer] = [stridesOf(from), stridesOf(to)];
  const strides = to.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : (inner[axis - lead] as number)));
  return (index) => {
    let position = 0;
    for (let axis = 0; axis < to.length; axis++) {
      position += (Math.floor(index / (outer[axis] as number)) % (to[axis] as number)) * (strides[axis] as number);
    }
    return position;
  };
}
