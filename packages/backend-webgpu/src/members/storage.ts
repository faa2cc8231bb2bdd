import type { Backend, CopyRegion, Handle, TensorRef, TypedArray } from "@rowan/api";
import { fillWords } from "../kernels/fill.wgsl.ts";
import type { Steps } from "../order/steps.ts";
import { isPacked, wordsOf } from "../storage/gpu-tensor.ts";
import type { GpuTensor } from "../storage/gpu-tensor.ts";
import { allocateRows } from "./allocate-rows.ts";
import { copyOnDevice } from "./device-copy.ts";
import { fillHosted, readHosted, writeHosted } from "./host-values.ts";
import { copyHosted } from "./hosted.ts";
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
  const { gpu, storage, line } = context;
  return {
    allocate: (dtype, length): Handle => storage.allocate(dtype, length),
    allocateRows: (dtype, shape): Handle => allocateRows(context, dtype, shape),
    write(target, data, offset): void {
      if (data.length === 0) return;
      const tensor = storage.findAsItLies(target.handle);
      if (!line.isWaiting || isAsking(tensor)) {
        write(context, tensor, data, offset);
        return;
      }
      // The caller may change the data before its turn comes.
      const own = data.slice();
      context.act(() => {
        write(context, tensor, own, offset);
        return undefined;
      });
    },
    async read(source, offset, length): Promise<TypedArray> {
      gpu.checkAlive();
      const held = context.hold(source);
      try {
        return await line.read(async () => {
          gpu.checkAlive();
          const tensor = context.tensor(held);
          return tensor.host ? readHosted(context, tensor.host, offset, length) : readRange(context, tensor, offset, length);
        });
      } catch (error) {
        gpu.wasTold(error);
        throw error;
      }
    },
    copy(source, target, region): void {
      const [from, to] = [context.hold(source), context.hold(target)];
      if (region.length > 0) context.act(() => copy(context, context.tensor(from), context.tensor(to), region));
    },
    fill(target, value): void {
      const held = context.hold(target);
      context.act(() => {
        fill(context, held, value);
        return undefined;
      });
    },
    free(handle): void {
      const tensor = storage.retire(handle);
      context.act(() => {
        storage.end(tensor);
        return undefined;
      });
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
export function* copy(context: MemberContext, source: GpuTensor, target: GpuTensor, region: CopyRegion): Steps<void> {
  target.hostIds = undefined;
  if (source.host || target.host) yield* copyHosted(context, source, target, region);
  else copyOnDevice(context, source, target, region);
}

function isAsking(tensor: GpuTensor): boolean {
  return tensor.isPlaced && tensor.host?.isAsking === true;
}

function write(context: MemberContext, tensor: GpuTensor, data: TypedArray, offset: number): void {
  const { storage } = context;
  if (tensor.host) {
    writeHosted(context, tensor.host, data, offset);
    return;
  }
  // Rows on the host are looked up on the host, by ids that come from there.
  const asksHost = storage.keepsOnHost && data instanceof Int32Array && data.length === tensor.length;
  tensor.hostIds = asksHost ? data.slice() : undefined;
  if (data.length === tensor.length) tensor.isStale = false;
  else storage.settle(tensor);
  writeRange(context, tensor, data, offset);
}

function fill(context: MemberContext, target: TensorRef, value: number): void {
  const tensor = context.tensor(target);
  if (tensor.host) {
    fillHosted(tensor.host, value);
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
