/** Elementwise arithmetic of two tensors with NumPy's broadcasting, and its gradients. */
import type { ArithmeticOp } from "../backend/backend.ts";
import { broadcastShapes, sameShape } from "../tensor/shape.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { greater, less } from "./comparison.ts";
import { callBinary, callSum, callUnary } from "./contract-calls.ts";
import { operandPair, requireDType } from "./operands.ts";
import type { TensorLike } from "./operands.ts";
import { record } from "./tape.ts";
import { cast } from "./cast.ts";

type Pair = readonly [x: Tensor, y: Tensor];

function arithmetic(op: ArithmeticOp, a: TensorLike, b: TensorLike, rule: (gradient: Tensor, pair: Pair, output: Tensor) => Pair): Tensor {
  const [x, y] = operandPair(op, a, b);
  requireDType(op, x, "float32", ...(op === "div" || op === "pow" ? [] : (["int32"] as const)));
  const shape = broadcastShapes(x.shape, y.shape);
  const output = callBinary(op, x, y, shape);
  if (x.dtype !== "float32") return output;
  return record(output, [x, y], (gradient) => {
    const [dx, dy] = rule(gradient, [x, y], output);
    return [sumToShape(dx, x.shape), sumToShape(dy, y.shape)];
  });
}

/** Sums a gradient over the axes along which an operand was repeated. */
function sumToShape(gradient: Tensor, shape: Shape): Tensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  const lead = gradient.rank - shape.length;
  const axes = gradient.shape.flatMap((extent, axis) => (axis < lead || (shape[axis - lead] === 1 && extent !== 1) ? [axis] : []));
  return callSum(gradient, axes).view(shape);
}

/**
 * `a + b`.
 *
 * @param a - Float32 or int32, any shape.
 * @param b - The same dtype, a shape that broadcasts with a's.
 * @returns The broadcast shape, the operands' dtype.
 * @throws ShapeMismatchError when the shapes do not broadcast; DTypeError when the dtypes differ.
 */
export function add(a: TensorLike, b: TensorLike): Tensor {
  return arithmetic("add", a, b, (gradient) => [gradient, gradient]);
}

/**
 * `a - b`; arguments as `add`.
 *
 * @returns The broadcast shape.
 */
export function subtract(a: TensorLike, b: TensorLike): Tensor {
  return arithmetic("sub", a, b, (gradient) => [gradient, callUnary("neg", gradient)]);
}

/**
 * `a * b`, elementwise; arguments as `add`.
 *
 * @returns The broadcast shape.
 */
export function multiply(a: TensorLike, b: TensorLike): Tensor {
  return arithmetic("mul", a, b, (gradient, [x, y]) => [multiply(gradient, y), multiply(gradient, x)]);
}

/**
 * `a / b`; float32 only.
 *
 * @returns The broadcast shape; IEEE rules for 0.
 */
export function divide(a: TensorLike, b: TensorLike): Tensor {
  return arithmetic("div", a, b, (gradient, [, y], output) => {
    const dx = divide(gradient, y);
    return [dx, callUnary("neg", multiply(dx, output))];
  });
}

/**
 * `a` to the power `b`; float32 only.
 *
 * @returns The broadcast shape.
 */
export function power(a: TensorLike, b: TensorLike): Tensor {
  return arithmetic("pow", a, b, (gradient, [x, y], output) => [
    multiply(gradient, multiply(y, power(x, subtract(y, 1)))),
    multiply(gradient, multiply(output, callUnary("log", x))),
  ]);
}

/**
 * The larger of each pair; NaN wins. The gradient goes to the larger one, half to each where they are equal.
 *
 * @returns The broadcast shape.
 */
export function maximum(a: TensorLike, b: TensorLike): Tensor {
  return arithmetic("maximum", a, b, (gradient, [x, y]) => splitGradient(gradient, greater(x, y), less(x, y)));
}

/**
 * The smaller of each pair; NaN wins. The gradient goes to the smaller one, half to each where they are equal.
 *
 * @returns The broadcast shape.
 */
export function minimum(a: TensorLike, b: TensorLike): Tensor {
  return arithmetic("minimum", a, b, (gradient, [x, y]) => splitGradient(gradient, less(x, y), greater(x, y)));
}

function splitGradient(gradient: Tensor, first: Tensor, second: Tensor): Pair {
  const wins = cast(first, "float32");
  const loses = cast(second, "float32");
  const half = multiply(subtract(1, add(wins, loses)), 0.5);
  return [multiply(gradient, add(wins, half)), multiply(gradient, add(loses, half))];
}
