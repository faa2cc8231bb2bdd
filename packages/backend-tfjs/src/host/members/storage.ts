import { sizeOf } from "@rowan/api";
import type { Backend } from "@rowan/api";
import type { HostContext } from "../host-context.ts";

type StorageMembers = Pick<
  Backend,
  "allocate" | "write" | "read" | "readSync" | "hostView" | "copy" | "fill" | "free" | "memory" | "dispose"
>;

/**
 * Memory of the engine as callers see it.
 *
 * @param context - The engine.
 * @returns Members of the contract.
 */
export function storageMembers(context: HostContext): Required<StorageMembers> {
  const readSync: Required<Backend>["readSync"] = (source, offset, length) => context.view(source).slice(offset, offset + length);
  return {
    allocate(dtype, length) {
      const handle = context.allocate(dtype, length);
      if (!context.memory.stableViews) context.viewOf(handle).fill(0);
      return handle;
    },
    write: (target, data, offset) => context.writable(target).set(data, offset),
    read: async (source, offset, length) => readSync(source, offset, length),
    readSync,
    hostView: (tensor) => (context.memory.stableViews ? context.view(tensor).subarray(0, sizeOf(tensor.shape)) : undefined),
    copy(source, target, { sourceOffset, targetOffset, length }) {
      context.writable(target).set(context.view(source).subarray(sourceOffset, sourceOffset + length), targetOffset);
    },
    fill: (target, value) => void context.writable(target).fill(target.dtype === "bool" ? Number(value !== 0) : value),
    free: (handle) => context.free(handle),
    memory: () => context.counts(),
    dispose: () => context.dispose(),
  };
}
