import { sizeOf } from "../../tensor/shape.ts";
import { InternalError } from "../../errors.ts";
import type { Backend, Handle, TensorRef } from "../backend.ts";
import { allocateFilled } from "./allocate-filled.ts";
import { withTemporaries } from "./upload.ts";

/**
 * Joins tensors along an axis.
 *
 * @param backend - The backend of the parts; its own `concat` is taken where it has one.
 * @param parts - At least one; one dtype, and equal shapes but for the axis.
 * @param axis - From the front.
 * @returns A new handle, whose extent along the axis is the sum of the parts' extents.
 */
export function concat(backend: Backend, parts: readonly TensorRef[], axis: number): Handle {
  if (backend.concat) return backend.concat(parts, axis);
  const [first] = parts;
  if (!first) throw new InternalError("`parts` must have at least one tensor. Received: none.");
  const outer = sizeOf(first.shape.slice(0, axis));
  if (outer === 1) return joinFlat(backend, parts);
  // Elsewhere the parts interleave. With their axis in front they do not, so it goes there and comes back.
  const toFront = [axis, ...first.shape.map((_, i) => i).filter((i) => i !== axis)];
  const toBack = first.shape.map((_, i) => toFront.indexOf(i));
  return withTemporaries(backend, (keep) => {
    const permuted = parts.map((part) =>
      keep({ handle: backend.permute(part, toFront), shape: toFront.map((i) => part.shape[i] as number), dtype: part.dtype }),
    );
    const extent = parts.reduce((sum, part) => sum + (part.shape[axis] as number), 0);
    const joined = keep({
      handle: joinFlat(backend, permuted),
      shape: [extent, ...toFront.slice(1).map((i) => first.shape[i] as number)],
      dtype: first.dtype,
    });
    return backend.permute(joined, toBack);
  });
}

function joinFlat(backend: Backend, parts: readonly TensorRef[]): Handle {
  const length = parts.reduce((sum, part) => sum + sizeOf(part.shape), 0);
  const dtype = (parts[0] as TensorRef).dtype;
  const joined = allocateFilled(backend, dtype, [length], (target) => {
    let targetOffset = 0;
    for (const part of parts) {
      const size = sizeOf(part.shape);
      if (size > 0) backend.copy(part, target, { sourceOffset: 0, targetOffset, length: size });
      targetOffset += size;
    }
  });
  return joined.handle;
}
