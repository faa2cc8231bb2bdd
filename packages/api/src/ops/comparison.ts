/** Elementwise comparisons with NumPy's broadcasting. They give bool and have no gradient. */
import type { ComparisonOp } from "../backend/backend.ts";
import { broadcastShapes } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { callBinary } from "./contract-calls.ts";
import { operandPair, requireDType } from "./operands.ts";
import type { TensorLike } from "./operands.ts";

function comparison(op: ComparisonOp, a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = operandPair(op, a, b);
  if (op === "logicalAnd" || op === "logicalOr") requireDType(op, x, "bool");
  const shape = broadcastShapes(x.shape, y.shape);
  return callBinary(op, x, y, shape, "bool");
}

/**
 * Where `a` equals `b`.
 *
 * @param a - Any dtype and shape.
 * @param b - The same dtype, a shape that broadcasts with a's.
 * @returns Bool, the broadcast shape; false where one is NaN.
 * @throws ShapeMismatchError when the shapes do not broadcast; DTypeError when the dtypes differ.
 */
export function equal(a: TensorLike, b: TensorLike): Tensor {
  return comparison("equal", a, b);
}

/**
 * Where `a` differs from `b`; true where one is NaN.
 *
 * @returns Bool, the broadcast shape.
 */
export function notEqual(a: TensorLike, b: TensorLike): Tensor {
  return comparison("notEqual", a, b);
}

/**
 * Where `a > b`.
 *
 * @returns Bool, the broadcast shape.
 */
export function greater(a: TensorLike, b: TensorLike): Tensor {
  return comparison("greater", a, b);
}

/**
 * Where `a >= b`.
 *
 * @returns Bool, the broadcast shape.
 */
export function greaterEqual(a: TensorLike, b: TensorLike): Tensor {
  return comparison("greaterEqual", a, b);
}

/**
 * Where `a < b`.
 *
 * @returns Bool, the broadcast shape.
 */
export function less(a: TensorLike, b: TensorLike): Tensor {
  return comparison("less", a, b);
}

/**
 * Where `a <= b`.
 *
 * @returns Bool, the broadcast shape.
 */
export function lessEqual(a: TensorLike, b: TensorLike): Tensor {
  return comparison("lessEqual", a, b);
}

/**
 * Where both are true; bool only.
 *
 * @returns Bool, the broadcast shape.
 */
export function logicalAnd(a: TensorLike, b: TensorLike): Tensor {
  return comparison("logicalAnd", a, b);
}

/**
 * Where at least one is true; bool only.
 *
 * @returns Bool, the broadcast shape.
 */
export function logicalOr(a: TensorLike, b: TensorLike): Tensor {
  return comparison("logicalOr", a, b);
}
