import type { DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Backend, Handle } from "../backend.ts";

/**
 * Zeroed memory for a tensor whose rows are read and written one by one: a table, or an optimizer's state of one.
 *
 * @param backend - Where; its own `allocateRows` is taken where it has one.
 * @param dtype - Of the elements.
 * @param shape - `[rows, ...row]`.
 * @returns A new handle.
 * @throws OutOfMemoryError with bytes and limit.
 */
export function allocateRows(backend: Backend, dtype: DType, shape: Shape): Handle {
  return backend.allocateRows ? backend.allocateRows(dtype, shape) : backend.allocate(dtype, sizeOf(shape));
}
