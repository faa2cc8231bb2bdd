import type { UnaryOp } from "@rowan/api";
import { defineKernel, perOptions } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";
import { mathFunctions } from "./math.ts";

/** Bits of the result, from x or from its bits. */
const expressions: Readonly<Record<UnaryOp, string>> = {
  abs: "bits & 0x7fffffffu",
  neg: "bits ^ 0x80000000u",
  isNan: "u32(isNan(x))",
  logicalNot: "1u - bits",
  ceil: "select(bitcast<u32>(ceil(x)), bits, isNan(x))",
  floor: "select(bitcast<u32>(floor(x)), bits, isNan(x))",
  round: "select(bitcast<u32>(round(x)), bits, isNan(x))",
  sign: "select(bitcast<u32>(sign(x)), bits, isNan(x))",
  relu: "select(bitcast<u32>(max(x, 0.0)), bits, isNan(x))",
  square: "bitcast<u32>(x * x)",
  sqrt: "bitcast<u32>(exact_sqrt(x))",
  rsqrt: "bitcast<u32>(1.0 / exact_sqrt(x))",
  exp: "bitcast<u32>(exact_exp(x))",
  expm1: "bitcast<u32>(exact_expm1(x))",
  log: "bitcast<u32>(exact_log(x))",
  log1p: "bitcast<u32>(exact_log1p(x))",
  tanh: "bitcast<u32>(exact_tanh(x))",
  sigmoid: "bitcast<u32>(exact_sigmoid(x))",
  softplus: "bitcast<u32>(exact_softplus(x))",
  erf: "bitcast<u32>(exact_erf(x))",
};

/** An elementwise function of one tensor of words. */
export const unaryKernel: (op: UnaryOp) => Kernel = perOptions((op) =>
  defineKernel({
    name: op,
    parameters: { length: "u32" },
    reads: ["source: array<u32>"],
    writes: ["result: array<u32>"],
    declarations: mathFunctions,
    body: /* wgsl */ `
  if (index >= p.length) { return; }
  let bits = source[index];
  let x = bitcast<f32>(bits);
  result[index] = ${expressions[op]};`,
  }),
);
