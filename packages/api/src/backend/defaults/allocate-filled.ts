import type { DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Backend, TensorRef } from "../backend.ts";
import { allocateUnset } from "./allocate-unset.ts";

/**
 * Memory with values: where they cannot be put into it, it is given back.
 *
 * @param backend - Where.
 * @param dtype - Of the elements.
 * @param shape - Extents.
 * @param write - Puts a value at every place; not called where there is no element.
 * @returns A tensor with a new handle, which the caller frees.
 * @throws What `write` throws, and OutOfMemoryError.
 */
export function allocateFilled(backend: Backend, dtype: DType, shape: Shape, write: (target: TensorRef) => void): TensorRef {
  const size = sizeOf(shape);
  const target: TensorRef = { handle: allocateUnset(backend, dtype, size), shape, dtype };
  try {
    if (size > 0) write(target);
  } catch (error) {
    backend.free(target.handle);
    throw error;
  }
  return target;
}
