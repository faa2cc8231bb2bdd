import type { Tensor } from "../tensor/tensor.ts";
import { divide, multiply, subtract } from "./arithmetic.ts";
import { asTensor, commonBackend } from "./operands.ts";
import type { TensorLike } from "./operands.ts";
import { max, sum } from "./reduction.ts";
import { record, withoutRecording } from "./tape.ts";
import { exp, log } from "./unary.ts";

/**
 * `exp(x) / Σ exp(x)` along an axis, without overflow.
 *
 * @param x - Float32.
 * @param axis - The axis that sums to 1.
 * @returns The same shape.
 */
export function softmax(x: TensorLike, axis = -1): Tensor {
  const input = asTensor(x, commonBackend([x]));
  const output = withoutRecording(() => {
    const shifted = exp(subtract(input, max(input, axis, { keepDims: true })));
    return divide(shifted, sum(shifted, axis, { keepDims: true }));
  });
  return record(output, [input], (gradient) => [
    multiply(output, subtract(gradient, sum(multiply(gradient, output), axis, { keepDims: true }))),
  ]);
}

/**
 * `log(softmax(x))` along an axis, without overflow.
 *
 * @param x - Float32.
 * @param axis - The axis over which the probabilities sum to 1.
 * @returns The same shape.
 */
export function logSoftmax(x: TensorLike, axis = -1): Tensor {
  const input = asTensor(x, commonBackend([x]));
  const output = withoutRecording(() => {
    const shifted = subtract(input, max(input, axis, { keepDims: true }));
    return subtract(shifted, log(sum(exp(shifted), axis, { keepDims: true })));
  });
  return record(output, [input], (gradient) => [subtract(gradient, multiply(exp(output), sum(gradient, axis, { keepDims: true })))]);
}
