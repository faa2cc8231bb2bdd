import type { UnaryOp } from "@rowan/api";

/** Half to even: `Math.round` alone would take every half up. */
function round(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** `2/√π · e^(-x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!` (NIST DLMF 7.6.2): every term has one sign, so nothing cancels. */
function erf(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Every elementwise function, in float64. Truth values are 0 and 1. */
export const unaryFunctions: Readonly<Record<UnaryOp, (x: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  erf,
  exp: Math.exp,
  expm1: Math.expm1,
  floor: Math.floor,
  isNan: (x) => Number(Number.isNaN(x)),
  log: Math.log,
  log1p: Math.log1p,
  logicalNot: (x) => 1 - x,
  neg: (x) => -x,
  relu: (x) => Math.max(x, 0),
  round,
  rsqrt: (x) => 1 / Math.sqrt(x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  sign: Math.sign,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  sqrt: Math.sqrt,
  square: (x) => x * x,
  tanh: Math.tanh,
};
