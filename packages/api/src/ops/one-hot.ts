import { Tensor } from "../tensor/tensor.ts";
import { NDArray } from "../tensor/ndarray.ts";
import { cast } from "./cast.ts";
import { equal } from "./comparison.ts";
import { requireDType } from "./operands.ts";
import { reshape } from "./shaping.ts";

/**
 * A 1 at the place that each class number names, 0 elsewhere; a number outside gives zeros. No gradient.
 *
 * @param indices - Int32, any shape.
 * @param classes - The number of classes.
 * @returns Float32 `[...shape, classes]`.
 */
export function oneHot(indices: Tensor, classes: number): Tensor {
  requireDType("oneHot", indices, "int32");
  const range = Tensor.fromHost(
    new NDArray(
      Int32Array.from({ length: classes }, (_, index) => index),
      [classes],
    ),
    indices.backend,
  );
  return cast(equal(reshape(indices, [...indices.shape, 1]), range), "float32");
}
