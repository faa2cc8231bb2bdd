import { sizeOf, stridesOf } from "../../tensor/shape.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Backend, Handle, TensorRef } from "../backend.ts";
import { concat } from "./concat.ts";
import { upload, withTemporaries } from "./upload.ts";

/**
 * `condition ? a : b`, elementwise with broadcasting.
 *
 * A gather over a and b laid one behind the other: position `iB + c * (iA - iB)`, where `c` is 1 or 0. Nothing is computed
 * with the values themselves, so that a NaN on the side that was not chosen stays there.
 *
 * @param backend - The backend of the tensors; its own `where` is taken where it has one.
 * @param condition - Bool.
 * @param a - Taken where the condition holds.
 * @param b - Taken elsewhere; of a's dtype.
 * @param shape - The common shape of the three.
 * @returns A new handle of that shape.
 */
export function where(backend: Backend, condition: TensorRef, a: TensorRef, b: TensorRef, shape: Shape): Handle {
  if (backend.where) return backend.where(condition, a, b, shape);
  const size = sizeOf(shape);
  if (size === 0) return backend.allocate(a.dtype, 0);
  const elementsOf = (x: TensorRef): TensorRef => ({ handle: x.handle, shape: [sizeOf(x.shape), 1], dtype: x.dtype });
  const fromB = broadcastPositions(b.shape, shape).map((position) => position + sizeOf(a.shape));
  const difference = broadcastPositions(a.shape, shape).map((position, i) => position - (fromB[i] as number));
  return withTemporaries(backend, (keep) => {
    const int32 = (handle: Handle): TensorRef => keep({ handle, shape: [size], dtype: "int32" });
    const values = keep({
      handle: concat(backend, [elementsOf(a), elementsOf(b)], 0),
      shape: [sizeOf(a.shape) + sizeOf(b.shape), 1],
      dtype: a.dtype,
    });
    const choice = keep({ handle: backend.cast(condition, "int32"), shape: [sizeOf(condition.shape), 1], dtype: "int32" });
    const spread = int32(backend.gather(choice, keep(upload(backend, broadcastPositions(condition.shape, shape), [size]))));
    const step = int32(backend.binary("mul", spread, keep(upload(backend, difference, [size])), [size]));
    const ids = int32(backend.binary("add", step, keep(upload(backend, fromB, [size])), [size]));
    return backend.gather(values, ids);
  });
}

/** For each element of the broadcast shape, the flat position in a tensor that it comes from. */
function broadcastPositions(from: Shape, to: Shape): Int32Array {
  const strides = stridesOf(from);
  const lead = to.length - from.length;
  let positions = Int32Array.of(0);
  for (const [axis, extent] of to.entries()) {
    const stride = axis < lead || from[axis - lead] === 1 ? 0 : (strides[axis - lead] as number);
    const outer = positions;
    positions = new Int32Array(outer.length * extent);
    for (let i = 0; i < positions.length; i++) positions[i] = (outer[Math.floor(i / extent)] as number) + (i % extent) * stride;
  }
  return positions;
}
