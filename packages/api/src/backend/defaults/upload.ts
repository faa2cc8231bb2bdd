import { dtypeOf } from "../../tensor/dtype.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import type { Shape } from "../../tensor/shape.ts";
import { InternalError } from "../../errors.ts";
import type { Backend, TensorRef } from "../backend.ts";
import { allocateFilled } from "./allocate-filled.ts";

/**
 * Host values as a tensor of a backend.
 *
 * @param backend - Where they go.
 * @param data - The values; they may be changed afterwards.
 * @param shape - Their shape.
 * @returns A tensor with a new handle, which the caller frees.
 */
export function upload(backend: Backend, data: TypedArray, shape: Shape): TensorRef {
  const dtype = dtypeOf(data);
  if (dtype === undefined) throw new InternalError(`host values must have a dtype. Received: ${data.constructor.name}.`);
  return allocateFilled(backend, dtype, shape, (target) => backend.write(target, data, 0));
}

/**
 * The numbers from 0 on, as ids that take every row in its order.
 *
 * @param backend - Where they go.
 * @param count - How many.
 * @returns Int32 `[count]` with a new handle, which the caller frees.
 */
export function countUp(backend: Backend, count: number): TensorRef {
  return upload(
    backend,
    Int32Array.from({ length: count }, (_, i) => i),
    [count],
  );
}

/**
 * Runs a piece of work and frees what it made on the way, also when it throws.
 *
 * @param backend - The backend of the handles.
 * @param work - Gets a function that marks a tensor as temporary and passes it on.
 * @returns What the work returns.
 */
export function withTemporaries<T>(backend: Backend, work: (keep: (tensor: TensorRef) => TensorRef) => T): T {
  const temporaries: TensorRef[] = [];
  try {
    return work((tensor) => {
      temporaries.push(tensor);
      return tensor;
    });
  } finally {
    for (const { handle } of temporaries) backend.free(handle);
  }
}
