import type { CastKernels } from "../kernels.ts";

type Values = Float32Array | Int32Array | Uint8Array;

function map(f: (x: number) => number): (x: Values, out: Values, count: number) => void {
  return (x, out, count) => {
    for (let i = 0; i < count; i++) out[i] = f(x[i] as number);
  };
}

/** Toward zero, into a range; NaN is 0. */
function truncate(low: number, high: number): (x: number) => number {
  return (x) => (Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), low), high));
}

const same = (x: number): number => x;
const truth = (x: number): number => (x === 0 ? 0 : 1);
const signed = (x: number): number => (x << 24) >> 24;

/** Between dtypes, over typed arrays. */
export const castKernels: CastKernels<Float32Array, Int32Array, Uint8Array> = {
  castF32I32: map(truncate(-2147483648, 2147483647)),
  castF32I8: map(truncate(-128, 127)),
  castF32U8: map(truncate(0, 255)),
  castF32Bool: map(truth),
  castI32F32: map(same),
  castI32U8: map(same),
  castI32Bool: map(truth),
  castI8F32: map(signed),
  castU8F32: map(same),
  castI8I32: map(signed),
  castU8I32: map(same),
  castU8Bool: map(truth),
};
