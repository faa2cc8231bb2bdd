/** Ops: each computes through the backend's contract and knows its gradient. */
export { add, divide, maximum, minimum, multiply, power, subtract } from "./arithmetic.ts";
export { cast } from "./cast.ts";
export { clip } from "./clip.ts";
export { equal, greater, greaterEqual, less, lessEqual, logicalAnd, logicalOr, notEqual } from "./comparison.ts";
export { lookupBags } from "./lookup-bags.ts";
export { lookup } from "./lookup.ts";
export { matmul } from "./matmul.ts";
export type { MatmulOptions } from "./matmul.ts";
export { oneHot } from "./one-hot.ts";
export { argmax, max, mean, min, sum } from "./reduction.ts";
export type { ReductionOptions } from "./reduction.ts";
export { concatenate, reshape, slice, transpose } from "./shaping.ts";
export { logSoftmax, softmax } from "./softmax.ts";
export {
  abs,
  ceil,
  erf,
  exp,
  expm1,
  floor,
  isNan,
  log,
  log1p,
  logicalNot,
  negative,
  relu,
  round,
  rsqrt,
  sigmoid,
  sign,
  softplus,
  sqrt,
  square,
  tanh,
} from "./unary.ts";
export { where } from "./where.ts";
