import { createTypedArray } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Backend, TensorRef } from "../backend.ts";

/** Elements written at once, so that filling a large table takes no second table on the host. */
const chunk = 65_536;

/**
 * Sets every element to one value.
 *
 * @param backend - The backend of the target; its own `fill` is taken where it has one.
 * @param target - Any shape and dtype.
 * @param value - A value of that dtype; for bool 0 or 1.
 */
export function fill(backend: Backend, target: TensorRef, value: number): void {
  if (backend.fill) {
    backend.fill(target, value);
    return;
  }
  const size = sizeOf(target.shape);
  const values = createTypedArray(target.dtype, Math.min(size, chunk)).fill(value);
  for (let offset = 0; offset < size; offset += chunk) {
    backend.write(target, values.subarray(0, Math.min(chunk, size - offset)), offset);
  }
}
