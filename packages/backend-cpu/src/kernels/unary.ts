import type { Map1, UnaryKernels } from "../kernels.ts";
import { erf } from "./erf.ts";

/** Every function computes in float64 and is rounded once, when it is stored: half an ulp from the true value. */
function map(f: (x: number) => number): Map1<Float32Array, Float32Array> {
  return (x, out, count) => {
    for (let i = 0; i < count; i++) out[i] = f(x[i] as number);
  };
}

function roundHalfToEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Elementwise functions of one operand, over typed arrays. */
export const unaryKernels: UnaryKernels<Float32Array, Uint8Array> = {
  abs: map(Math.abs),
  ceil: map(Math.ceil),
  erf: map(erf),
  exp: map(Math.exp),
  expm1: map(Math.expm1),
  floor: map(Math.floor),
  log: map(Math.log),
  log1p: map(Math.log1p),
  neg: map((x) => -x),
  relu: map((x) => Math.max(x, 0)),
  round: map(roundHalfToEven),
  rsqrt: map((x) => 1 / Math.fround(Math.sqrt(x))),
  sigmoid: map((x) => 1 / (1 + Math.exp(-x))),
  sign: map(Math.sign),
  softplus: map((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  sqrt: map(Math.sqrt),
  square: map((x) => x * x),
  tanh: map(Math.tanh),
  isNan(x, out, count) {
    for (let i = 0; i < count; i++) out[i] = Number.isNaN(x[i]) ? 1 : 0;
  },
  logicalNot(x, out, count) {
    for (let i = 0; i < count; i++) out[i] = x[i] === 0 ? 1 : 0;
  },
};
