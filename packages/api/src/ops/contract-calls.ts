/** Calls of the contract that no tape sees: what ops and gradient rules are made of. */
import type { BinaryOp, UnaryOp } from "../backend/backend.ts";
import type { DType } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";

/**
 * An elementwise function of one tensor.
 *
 * @param op - Which function.
 * @param x - Its argument.
 * @param dtype - The dtype of the result; that of x when left out.
 * @returns The same shape.
 */
export function callUnary(op: UnaryOp, x: Tensor, dtype: DType = x.dtype): Tensor {
  return Tensor.own(x.backend, x.backend.unary(op, x), x.shape, dtype);
}

/**
 * An elementwise function of two tensors.
 *
 * @param op - Which function.
 * @param x - Its first argument.
 * @param y - Its second argument, of the same dtype.
 * @param shape - The broadcast shape of both.
 * @param dtype - The dtype of the result; that of x when left out.
 * @returns A tensor of the broadcast shape.
 */
export function callBinary(op: BinaryOp, x: Tensor, y: Tensor, shape: Shape, dtype: DType = x.dtype): Tensor {
  return Tensor.own(x.backend, x.backend.binary(op, x, y, shape), shape, dtype);
}

/**
 * The sum over axes, which disappear.
 *
 * @param x - Float32 or int32.
 * @param axes - Sorted, from the front, each once.
 * @returns The shape without these axes.
 */
export function callSum(x: Tensor, axes: readonly number[]): Tensor {
  const shape = x.shape.filter((_, axis) => !axes.includes(axis));
  return Tensor.own(x.backend, x.backend.reduce("sum", x, axes), shape, x.dtype);
}
