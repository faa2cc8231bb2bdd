import type { Backend, CopyRegion, Handle, TensorRef, TypedArray } from "@rowan/api";
import { fillWords } from "../kernels/fill.wgsl.ts";
import { isPacked, wordsOf } from "../storage/gpu-tensor.ts";
import type { GpuTensor } from "../storage/gpu-tensor.ts";
import { HostedTensor } from "../storage/hosted-tensor.ts";
import { copyHosted, fillHosted, readHosted, writeHosted } from "./hosted.ts";
import { copyOnDevice } from "./device-copy.ts";
import type { MemberContext } from "./member-context.ts";
import { readRange, writeRange } from "./transfer.ts";

/**
 * Storage: `allocate`, `allocateRows`, `write`, `read`, `copy`, `fill`, `free`, `memory`.
 *
 * @param context - The device and its memory.
 * @returns These members of the contract.
 */
export function storageMembers(
  context: MemberContext,
): Pick<Backend, "allocate" | "write" | "read" | "copy" | "free" | "memory" | "dispose"> &
  Required<Pick<Backend, "allocateRows" | "fill">> {
  const { gpu, storage } = context;
  return {
    allocate: (dtype, length): Handle => storage.allocate(dtype, length),
    allocateRows: (dtype, shape): Handle => storage.allocateRows(dtype, shape),
    write(target, data, offset): void {
      if (data.length === 0) return;
      const tensor = storage.findAsItLies(target.handle);
      if (tensor instanceof HostedTensor) {
        writeHosted(context, tensor, data, offset);
        return;
      }
      // Rows on the host are looked up on the host, by ids that come from there.
      const asksHost = storage.mayKeepOnHost && data instanceof Int32Array && data.length === tensor.length;
      tensor.hostIds = asksHost ? data.slice() : undefined;
      if (data.length === tensor.length) tensor.isStale = false;
      else storage.settle(tensor);
      writeRange(context, tensor, data, offset);
    },
    async read(source, offset, length): Promise<TypedArray> {
      gpu.checkAlive();
      const tensor = context.tensor(source);
      return tensor instanceof HostedTensor ? readHosted(context, tensor, offset, length) : readRange(context, tensor, offset, length);
    },
    copy(source, target, region): void {
      if (region.length > 0) copy(context, context.tensor(source), context.tensor(target), region);
    },
    fill(target, value): void {
      fill(context, target, value);
    },
    free(handle): void {
      storage.free(handle);
    },
    memory: () => storage.memory(),
    dispose(): void {
      storage.clear();
      gpu.end();
    },
  };
}

/**
 * `copy`, for other members too.
 *
 * @param context - The device and its memory.
 * @param source - Where from.
 * @param target - Where to, of the same dtype.
 * @param region - What.
 */
export function copy(context: MemberContext, source: GpuTensor, target: GpuTensor, region: CopyRegion): void {
  target.hostIds = undefined;
  if (source instanceof HostedTensor || target instanceof HostedTensor) copyHosted(context, source, target, region);
  else copyOnDevice(context, source, target, region);
}

function fill(context: MemberContext, target: TensorRef, value: number): void {
  const tensor = context.storage.findAsItLies(target.handle);
  if (tensor instanceof HostedTensor) {
    fillHosted(tensor, value);
    return;
  }
  tensor.hostIds = undefined;
  tensor.isStale = false;
  const bits = bitsOf(value, tensor.dtype);
  for (const block of tensor.blocks) {
    const vectors = Math.ceil(wordsOf(tensor.dtype, block.length) / 4);
    context.run(fillWords, [vectors, bits], [block], vectors);
  }
}

/** A word full of one value. */
function bitsOf(value: number, dtype: GpuTensor["dtype"]): number {
  if (dtype === "float32") return new Uint32Array(Float32Array.of(value).buffer)[0] as number;
  if (!isPacked(dtype)) return value >>> 0;
  const byte = value & 255;
  return (byte * 0x01010101) >>> 0;
}
