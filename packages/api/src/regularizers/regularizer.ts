import type { Serializable } from "../serialized.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A penalty on a tensor's values, added to the loss. */
export interface Regularizer extends Serializable {
  /**
   * The penalty.
   *
   * @param x - Float32, any shape.
   * @returns A scalar tensor, differentiable.
   */
  call(x: Tensor): Tensor;
}
