import { bytesPerElement, sizeOf } from "@rowan/api";
import type { Backend } from "@rowan/api";
import type { Context } from "../context.ts";

type StorageMembers = Pick<
  Backend,
  | "allocate"
  | "allocateUnset"
  | "write"
  | "read"
  | "readSync"
  | "hostView"
  | "share"
  | "allocateBeside"
  | "copy"
  | "fill"
  | "free"
  | "memory"
  | "dispose"
>;

const word = new DataView(new ArrayBuffer(4));

/**
 * Memory of the backend as callers see it.
 *
 * @param context - Kernels and memory.
 * @returns Members of the contract.
 */
export function storageMembers<F, I, U>(context: Context<F, I, U>): Required<StorageMembers> {
  const { kernels, storage } = context;
  const readSync: Required<Backend>["readSync"] = (source, offset, length) =>
    storage.view(context.block(source), source.dtype, offset, length).slice();
  return {
    allocate(dtype, length) {
      const block = storage.allocate(length * bytesPerElement(dtype));
      kernels.fillBytes(block.u8, 0, block.stale);
      return block;
    },
    allocateUnset: (dtype, length) => storage.allocate(length * bytesPerElement(dtype)),
    write: (target, data, offset) => storage.view(context.block(target), target.dtype, offset, data.length).set(data),
    read: async (source, offset, length) => readSync(source, offset, length),
    readSync,
    hostView: (tensor) => (storage.stableViews ? storage.view(context.block(tensor), tensor.dtype, 0, sizeOf(tensor.shape)) : undefined),
    share(tensor) {
      const place = storage.share(context.block(tensor));
      return place && [{ ...place, firstRow: 0, rows: tensor.shape[0] ?? 1 }];
    },
    allocateBeside: (_segment, bytes) => storage.allocate(bytes),
    copy(source, target, region) {
      const size = bytesPerElement(source.dtype);
      const [from, to] = [context.block(source).u8, context.block(target).u8];
      kernels.copyBytes(from, region.sourceOffset * size, to, region.targetOffset * size, region.length * size);
    },
    fill(target, value) {
      const block = context.block(target);
      const count = sizeOf(target.shape);
      if (target.dtype === "float32") word.setFloat32(0, value);
      else word.setInt32(0, target.dtype === "bool" ? Number(value !== 0) : value);
      if (bytesPerElement(target.dtype) === 4) kernels.fillWords(block.i32, word.getInt32(0), count);
      else kernels.fillBytes(block.u8, word.getUint8(3), count);
    },
    free: (handle) => storage.free(context.block({ handle, shape: [], dtype: "uint8" })),
    memory: () => context.memory(),
    dispose: () => context.dispose(),
  };
}
