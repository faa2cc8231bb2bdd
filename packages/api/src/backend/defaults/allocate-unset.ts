import type { DType } from "../../tensor/dtype.ts";
import type { Backend, Handle } from "../backend.ts";

/**
 * Memory whose every element the caller writes before it reads any.
 *
 * @param backend - Where; its own `allocateUnset` is taken where it has one.
 * @param dtype - Of the elements.
 * @param length - How many.
 * @returns A new handle; its values may be anything.
 * @throws OutOfMemoryError with bytes and limit.
 */
export function allocateUnset(backend: Backend, dtype: DType, length: number): Handle {
  return backend.allocateUnset ? backend.allocateUnset(dtype, length) : backend.allocate(dtype, length);
}
