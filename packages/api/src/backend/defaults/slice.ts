import { sizeOf, stridesOf } from "../../tensor/shape.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Backend, Handle, TensorRef } from "../backend.ts";
import { allocateFilled } from "./allocate-filled.ts";
import { upload, withTemporaries } from "./upload.ts";

/**
 * Cuts a box out of a tensor.
 *
 * @param backend - The backend of `x`; its own `slice` is taken where it has one.
 * @param x - Any dtype.
 * @param begin - The first index along each axis.
 * @param size - The box's extents; it lies inside of `x`.
 * @returns A new handle of the shape `size`.
 */
export function slice(backend: Backend, x: TensorRef, begin: readonly number[], size: Shape): Handle {
  if (backend.slice) return backend.slice(x, begin, size);
  // Elements from the last cut axis on lie together in the box and in x: they move as one run.
  const cut = x.shape.findLastIndex((extent, axis) => extent !== size[axis]);
  if (sizeOf(size) === 0) return backend.allocate(x.dtype, 0);
  if (cut <= 0) return sliceRun(backend, x, begin, size);
  return sliceRows(backend, x, begin, size, cut);
}

/** At most the first axis is cut: the box is one run of x. */
function sliceRun(backend: Backend, x: TensorRef, begin: readonly number[], size: Shape): Handle {
  const length = sizeOf(size);
  const sourceOffset = (begin[0] ?? 0) * sizeOf(x.shape.slice(1));
  return allocateFilled(backend, x.dtype, size, (target) => backend.copy(x, target, { sourceOffset, targetOffset: 0, length })).handle;
}

/** The axes up to the last cut one are walked on the host; what lies behind them is a row to gather. */
function sliceRows(backend: Backend, x: TensorRef, begin: readonly number[], size: Shape, cut: number): Handle {
  const leading = x.shape.slice(0, cut + 1);
  const box = size.slice(0, cut + 1);
  const strides = stridesOf(leading);
  const ids = new Int32Array(sizeOf(box));
  const index = [...begin.slice(0, cut + 1)];
  for (let i = 0; i < ids.length; i++) {
    ids[i] = index.reduce((sum, position, axis) => sum + position * (strides[axis] as number), 0);
    for (let axis = cut; axis >= 0; axis--) {
      const start = begin[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < start + (box[axis] as number)) break;
      index[axis] = start;
    }
  }
  return withTemporaries(backend, (keep) => {
    const rows: TensorRef = { handle: x.handle, shape: [sizeOf(leading), sizeOf(x.shape.slice(cut + 1))], dtype: x.dtype };
    return backend.gather(rows, keep(upload(backend, ids, [ids.length])));
  });
}
