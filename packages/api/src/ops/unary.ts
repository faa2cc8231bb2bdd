/** Elementwise functions of one float32 tensor and their gradients. */
import type { UnaryOp } from "../backend/backend.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, divide, multiply, subtract } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { greater } from "./comparison.ts";
import { callUnary } from "./contract-calls.ts";
import { asTensor, commonBackend, requireDType } from "./operands.ts";
import type { TensorLike } from "./operands.ts";
import { record } from "./tape.ts";

type UnaryGradient = (gradient: Tensor, x: Tensor, output: Tensor) => Tensor;

function unary(op: UnaryOp, x: TensorLike, rule: UnaryGradient | null): Tensor {
  const input = asTensor(x, commonBackend([x]));
  requireDType(op, input, op === "logicalNot" ? "bool" : "float32");
  const dtype = op === "isNan" || op === "logicalNot" ? "bool" : "float32";
  const output = callUnary(op, input, dtype);
  return rule ? record(output, [input], (gradient) => [rule(gradient, input, output)]) : output;
}

/**
 * The size of each element without its sign; gradient `sign(x)`.
 *
 * @param x - Float32, any shape.
 * @returns Float32, the same shape.
 */
export function abs(x: TensorLike): Tensor {
  return unary("abs", x, (gradient, input) => multiply(gradient, sign(input)));
}

/**
 * The smallest integer not below each element; no gradient.
 *
 * @returns Float32, the same shape.
 */
export function ceil(x: TensorLike): Tensor {
  return unary("ceil", x, null);
}

/**
 * The error function; gradient `2/sqrt(pi) exp(-x²)`.
 *
 * @returns Float32, the same shape.
 */
export function erf(x: TensorLike): Tensor {
  return unary("erf", x, (gradient, input) => multiply(gradient, multiply(exp(negative(square(input))), 2 / Math.sqrt(Math.PI))));
}

/**
 * e to the power of each element.
 *
 * @returns Float32, the same shape.
 */
export function exp(x: TensorLike): Tensor {
  return unary("exp", x, (gradient, _, output) => multiply(gradient, output));
}

/**
 * `exp(x) - 1`, exact near 0.
 *
 * @returns Float32, the same shape.
 */
export function expm1(x: TensorLike): Tensor {
  return unary("expm1", x, (gradient, _, output) => multiply(gradient, add(output, 1)));
}

/**
 * The largest integer not above each element; no gradient.
 *
 * @returns Float32, the same shape.
 */
export function floor(x: TensorLike): Tensor {
  return unary("floor", x, null);
}

/**
 * Where an element is NaN.
 *
 * @returns Bool, the same shape.
 */
export function isNan(x: TensorLike): Tensor {
  return unary("isNan", x, null);
}

/**
 * The natural logarithm.
 *
 * @returns Float32, the same shape; -Inf at 0, NaN below.
 */
export function log(x: TensorLike): Tensor {
  return unary("log", x, (gradient, input) => divide(gradient, input));
}

/**
 * `log(1 + x)`, exact near 0.
 *
 * @returns Float32, the same shape.
 */
export function log1p(x: TensorLike): Tensor {
  return unary("log1p", x, (gradient, input) => divide(gradient, add(input, 1)));
}

/**
 * The opposite of each bool.
 *
 * @returns Bool, the same shape.
 */
export function logicalNot(x: TensorLike): Tensor {
  return unary("logicalNot", x, null);
}

/**
 * `-x`.
 *
 * @returns Float32, the same shape.
 */
export function negative(x: TensorLike): Tensor {
  return unary("neg", x, (gradient) => negative(gradient));
}

/**
 * `max(x, 0)`; gradient 0 at 0.
 *
 * @returns Float32, the same shape.
 */
export function relu(x: TensorLike): Tensor {
  return unary("relu", x, (gradient, input) => multiply(gradient, cast(greater(input, 0), "float32")));
}

/**
 * The nearest integer, half to even; no gradient.
 *
 * @returns Float32, the same shape.
 */
export function round(x: TensorLike): Tensor {
  return unary("round", x, null);
}

/**
 * `1 / sqrt(x)`.
 *
 * @returns Float32, the same shape.
 */
export function rsqrt(x: TensorLike): Tensor {
  return unary("rsqrt", x, (gradient, input, output) => multiply(gradient, multiply(divide(output, input), -0.5)));
}

/**
 * `1 / (1 + exp(-x))`.
 *
 * @returns Float32, the same shape.
 */
export function sigmoid(x: TensorLike): Tensor {
  return unary("sigmoid", x, (gradient, _, output) => multiply(gradient, multiply(output, subtract(1, output))));
}

/**
 * -1, 0 or 1; no gradient.
 *
 * @returns Float32, the same shape.
 */
export function sign(x: TensorLike): Tensor {
  return unary("sign", x, null);
}

/**
 * `log(exp(x) + 1)`, without overflow.
 *
 * @returns Float32, the same shape.
 */
export function softplus(x: TensorLike): Tensor {
  return unary("softplus", x, (gradient, input) => multiply(gradient, sigmoid(input)));
}

/**
 * The square root.
 *
 * @returns Float32, the same shape; NaN below 0.
 */
export function sqrt(x: TensorLike): Tensor {
  return unary("sqrt", x, (gradient, _, output) => divide(multiply(gradient, 0.5), output));
}

/**
 * `x * x`.
 *
 * @returns Float32, the same shape.
 */
export function square(x: TensorLike): Tensor {
  return unary("square", x, (gradient, input) => multiply(gradient, multiply(input, 2)));
}

/**
 * The hyperbolic tangent.
 *
 * @returns Float32, the same shape.
 */
export function tanh(x: TensorLike): Tensor {
  return unary("tanh", x, (gradient, _, output) => multiply(gradient, subtract(1, square(output))));
}
