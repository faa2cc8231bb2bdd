import type { ArithmeticOp, BinaryOp, ComparisonOp } from "@rowan/api";

const arithmetic: Readonly<Record<ArithmeticOp, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  pow,
};

const comparisons: Readonly<Record<ComparisonOp, (a: number, b: number) => boolean>> = {
  equal: (a, b) => a === b,
  notEqual: (a, b) => a !== b,
  greater: (a, b) => a > b,
  greaterEqual: (a, b) => a >= b,
  less: (a, b) => a < b,
  lessEqual: (a, b) => a <= b,
  logicalAnd: (a, b) => a !== 0 && b !== 0,
  logicalOr: (a, b) => a !== 0 || b !== 0,
};

/** IEEE `pow`, which has `pow(1, y) = 1` and `pow(-1, ±Inf) = 1` where JavaScript has NaN. */
function pow(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Infinity)) return 1;
  return a ** b;
}

/**
 * Whether a function of two tensors gives truth values.
 *
 * @param op - Its name.
 * @returns True when the result is bool, false when it has the dtype of the operands.
 */
export function isComparison(op: BinaryOp): op is ComparisonOp {
  return op in comparisons;
}

/**
 * A function of two numbers, in float64. Truth values are 0 and 1.
 *
 * @param op - Its name.
 * @returns The function.
 */
export function binaryFunction(op: BinaryOp): (a: number, b: number) => number {
  return isComparison(op) ? (a, b) => Number(comparisons[op](a, b)) : arithmetic[op];
}
