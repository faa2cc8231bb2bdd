import type { DType } from "../tensor/dtype.ts";
import { Tensor } from "../tensor/tensor.ts";
import { asTensor, commonBackend } from "./operands.ts";
import type { TensorLike } from "./operands.ts";

/**
 * Converts elements; float to integer cuts toward zero, anything but 0 becomes true. No gradient passes.
 *
 * @param x - Any dtype and shape.
 * @param dtype - The dtype to convert to.
 * @returns The same shape; `x` itself when it has that dtype already.
 */
export function cast(x: TensorLike, dtype: DType): Tensor {
  const input = asTensor(x, commonBackend([x]));
  if (input.dtype === dtype) return input;
  return Tensor.own(input.backend, input.backend.cast(input, dtype), input.shape, dtype);
}
