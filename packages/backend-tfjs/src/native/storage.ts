import { createTypedArray, sizeOf } from "@rowan/api";
import type { Backend, TensorRef } from "@rowan/api";
import { storageType, types } from "./binding.ts";
import { asRows } from "./native-context.ts";
import type { NativeContext } from "./native-context.ts";
import type { Id } from "./operations.ts";

type StorageMembers = Pick<Backend, "allocate" | "write" | "read" | "readSync" | "copy" | "fill" | "free" | "memory" | "dispose">;

/**
 * Memory of TensorFlow as callers see it.
 *
 * @param context - TensorFlow.
 * @returns Members of the contract.
 */
export function storageMembers(context: NativeContext): Required<StorageMembers> {
  const { ops } = context;

  /** Some elements as a flat tensor. Of a variable only the rows are copied in which they lie. */
  function part(source: TensorRef, offset: number, length: number): Id {
    const type = storageType(source.dtype);
    const [, width] = asRows(source.shape);
    if (!context.handle(source.handle).isVariable || width === 0 || length === 0) {
      return ops.slice(context.shaped(context.handle(source.handle), [sizeOf(source.shape)]), [offset], [length], type);
    }
    const first = Math.floor(offset / width);
    const count = Math.ceil((offset + length) / width) - first;
    const rows = context.rows(source, ops.integers(Int32Array.from({ length: count }, (_, i) => first + i)));
    return ops.slice(ops.reshape(rows, [count * width], type), [offset - first * width], [length], type);
  }

  /** Whole rows, in place. */
  function assignRows(target: TensorRef, first: number, rows: Id, count: number): void {
    const masks = { begin_mask: 0, end_mask: 0, ellipsis_mask: 0, new_axis_mask: 0, shrink_axis_mask: 0 };
    const range = [ops.integers([first]), ops.integers([first + count]), ops.integers([1])];
    const attributes = { T: { type: storageType(target.dtype) }, Index: { type: types.int32 }, ...masks };
    ops.none("ResourceStridedSliceAssign", [context.variable(target), ...range, rows], attributes);
  }

  /** A flat tensor into a region, in place: what shares a row with it is put around it first. */
  function assign(target: TensorRef, offset: number, values: Id, length: number): void {
    const type = storageType(target.dtype);
    const [, width] = asRows(target.shape);
    const first = Math.floor(offset / width);
    const end = Math.ceil((offset + length) / width);
    const before = offset - first * width;
    const after = end * width - offset - length;
    const parts = [values];
    if (before > 0) parts.unshift(part(target, first * width, before));
    if (after > 0) parts.push(part(target, offset + length, after));
    const whole = parts.length === 1 ? values : concatFlat(parts, type);
    assignRows(target, first, ops.reshape(whole, [end - first, width], type), end - first);
  }

  function concatFlat(parts: readonly Id[], type: number): Id {
    return ops.one("ConcatV2", [...parts, ops.integers([0], [])], { N: parts.length, T: { type }, Tidx: { type: types.int32 } });
  }

  const readSync: Required<Backend>["readSync"] = (source, offset, length) => {
    if (length === 0) return createTypedArray(source.dtype, 0);
    if (length === sizeOf(source.shape)) return context.data(source);
    return ops.scoped(() => context.values(part(source, offset, length), source.dtype));
  };

  return {
    allocate: (dtype, length) => context.allocate(dtype, length),
    write(target, data, offset) {
      if (data.length === 0) return;
      ops.scoped(() => {
        const handle = context.handle(target.handle);
        const isWhole = data.length === sizeOf(target.shape);
        const values = context.upload(data, target.dtype, [data.length]);
        if (isWhole && !handle.isVariable) {
          context.replace(handle, values, [data.length]);
          if (data instanceof Int32Array && data.length < 2 ** 20) handle.host = data.slice();
          return;
        }
        try {
          assign(target, offset, values, data.length);
        } finally {
          ops.binding.deleteTensor(values);
        }
      });
    },
    read: async (source, offset, length) => readSync(source, offset, length),
    readSync,
    copy(source, target, { sourceOffset, targetOffset, length }) {
      if (length > 0) ops.scoped(() => assign(target, targetOffset, part(source, sourceOffset, length), length));
    },
    fill(target, value) {
      ops.scoped(() => {
        const size = sizeOf(target.shape);
        const one = createTypedArray(target.dtype, 1).fill(target.dtype === "bool" ? Number(value !== 0) : value);
        const scalar = context.upload(one, target.dtype, []);
        const attributes = { T: { type: storageType(target.dtype) }, index_type: { type: types.int32 } };
        const filled = ops.one("Fill", [ops.integers([size]), scalar], attributes);
        ops.binding.deleteTensor(scalar);
        context.replace(context.handle(target.handle), filled, [size]);
      });
    },
    free: (handle) => context.free(handle),
    memory: () => context.counts(),
    dispose: () => context.dispose(),
  };
}
