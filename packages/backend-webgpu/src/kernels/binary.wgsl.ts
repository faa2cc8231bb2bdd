import type { BinaryOp } from "@rowan/api";
import { defineKernel, perOptions } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";
import { broadcastParameters, broadcastPlaces } from "./broadcast.ts";
import { mathFunctions } from "./math.ts";

/** An operand is a float or an integer; truth values are integers. */
export type OperandType = "f32" | "i32";

const arithmetic: Readonly<Partial<Record<BinaryOp, string>>> = { add: "a + b", sub: "a - b", mul: "a * b", div: "a / b" };

const comparisons: Readonly<Partial<Record<BinaryOp, string>>> = {
  equal: "a == b",
  notEqual: "a != b",
  greater: "a > b",
  greaterEqual: "a >= b",
  less: "a < b",
  lessEqual: "a <= b",
  logicalAnd: "a != 0 && b != 0",
  logicalOr: "a != 0 || b != 0",
};

function expressionOf(op: BinaryOp, type: OperandType): string {
  const comparison = comparisons[op];
  if (comparison !== undefined) {
    if (type === "i32") return `u32(${comparison})`;
    // NaN differs from everything, whatever a compiler assumes of floats.
    return op === "notEqual" ? "u32(isNan(a) || isNan(b) || a != b)" : `u32(!isNan(a) && !isNan(b) && ${comparison})`;
  }
  const simple = arithmetic[op];
  if (simple !== undefined) return `bitcast<u32>(${simple})`;
  if (type === "i32") return `bitcast<u32>(${op === "maximum" ? "max" : "min"}(a, b))`;
  return `bitcast<u32>(exact_${{ maximum: "max", minimum: "min" }[op as string] ?? op}(a, b))`;
}

/** An elementwise function of two tensors, broadcast over `rank` axes. */
export const binaryKernel: (op: BinaryOp, type: OperandType, rank: number) => Kernel = perOptions((op, type, rank) =>
  defineKernel({
    name: `${op} ${type}, ${rank} axes`,
    parameters: { length: "u32", ...broadcastParameters(rank, 2) },
    reads: [`left: array<${type}>`, `right: array<${type}>`],
    writes: ["result: array<u32>"],
    declarations: mathFunctions,
    body: /* wgsl */ `
  if (index >= p.length) { return; }
  ${broadcastPlaces(rank, 2)}
  let a = left[at0];
  let b = right[at1];
  result[index] = ${expressionOf(op, type)};`,
  }),
);
