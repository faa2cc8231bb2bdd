import { createTypedArray } from "@rowan/api";
import type { Backend, CopyRegion, Handle, TensorRef, TypedArray } from "@rowan/api";
import { DeviceLostError } from "../gpu/device-lost-error.ts";
import { copyBytes } from "../kernels/copy-bytes.wgsl.ts";
import { fillWords } from "../kernels/fill.wgsl.ts";
import { isPacked, wordsOf } from "../storage/gpu-tensor.ts";
import type { Block, GpuTensor } from "../storage/gpu-tensor.ts";
import type { MemberContext } from "./member-context.ts";

/** One bulk write at most, so that a huge table does not need a second time its bytes in the driver. */
const writeBytes = 2 ** 26;

/**
 * Storage: `allocate`, `write`, `read`, `copy`, `fill`, `free`, `memory`.
 *
 * @param context - The device and its memory.
 * @returns These members of the contract.
 */
export function storageMembers(
  context: MemberContext,
): Pick<Backend, "allocate" | "write" | "read" | "copy" | "free" | "memory" | "dispose"> & Required<Pick<Backend, "fill">> {
  const { gpu, storage } = context;
  return {
    allocate: (dtype, length): Handle => storage.allocate(dtype, length),
    write(target, data, offset): void {
      if (data.length === 0) return;
      const tensor = storage.findAsItLies(target.handle);
      if (data.length === tensor.length) tensor.isStale = false;
      else storage.settle(tensor);
      for (const part of partsOf(tensor, offset, data.length)) {
        writePart(context, tensor, part, data.subarray(part.from, part.from + part.length));
      }
    },
    async read(source, offset, length): Promise<TypedArray> {
      gpu.checkAlive();
      const tensor = context.tensor(source);
      const result = createTypedArray(source.dtype, length);
      const parts = partsOf(tensor, offset, length);
      await Promise.all(parts.map(async (part) => result.set(await readPart(context, tensor, part), part.from)));
      return result;
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

/** What a range of a tensor has in one of its blocks. */
interface Part {
  readonly block: Block;
  /** The first element, counted from the start of the block. */
  readonly at: number;
  /** The first element, counted from the start of the range. */
  readonly from: number;
  readonly length: number;
}

/** A range of a tensor, by its blocks. */
function partsOf({ blocks }: GpuTensor, offset: number, length: number): Part[] {
  return blocks.flatMap((block) => {
    const start = Math.max(offset, block.start);
    const end = Math.min(offset + length, block.start + block.length);
    return end > start ? [{ block, at: start - block.start, from: start - offset, length: end - start }] : [];
  });
}

function writePart(context: MemberContext, { dtype }: GpuTensor, { block, at, length }: Part, data: TypedArray): void {
  const { gpu, storage } = context;
  gpu.checkAlive();
  if (isPacked(dtype) && (at % 4 !== 0 || (length % 4 !== 0 && at + length !== block.length))) {
    const bytes = storage.allocateRaw(dtype, length);
    const [source] = bytes.blocks as readonly [Block];
    writeWords(context, source, 0, wordValues(data, dtype));
    const words = Math.ceil((at + length) / 4) - Math.floor(at / 4);
    context.run(copyBytes, [0, at, length], [source, block], words);
    storage.free(bytes);
    return;
  }
  writeWords(context, block, isPacked(dtype) ? at : 4 * at, wordValues(data, dtype));
}

/** Bytes for the device, of a whole number of words. */
function wordValues(data: TypedArray, dtype: GpuTensor["dtype"]): Uint8Array<ArrayBuffer> {
  if (dtype === "bool") return bytesOf(Int32Array.from(data));
  if (isPacked(dtype) && data.length % 4 !== 0) {
    const padded = new Uint8Array(4 * wordsOf(dtype, data.length));
    padded.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return padded;
  }
  return bytesOf(data);
}

function bytesOf(data: TypedArray): Uint8Array<ArrayBuffer> {
  // A queue does not take memory that threads share.
  const own = data.buffer instanceof ArrayBuffer ? data : data.slice();
  return new Uint8Array(own.buffer as ArrayBuffer, own.byteOffset, own.byteLength);
}

function writeWords({ gpu }: MemberContext, block: Block, byteOffset: number, bytes: Uint8Array<ArrayBuffer>): void {
  if (gpu.recorder.isWaiting(block)) gpu.recorder.submit();
  for (let done = 0; done < bytes.length; done += writeBytes) {
    gpu.device.queue.writeBuffer(block.buffer, byteOffset + done, bytes, done, Math.min(writeBytes, bytes.length - done));
  }
}

async function readPart({ gpu }: MemberContext, { dtype }: GpuTensor, { block, at, length }: Part): Promise<TypedArray> {
  const size = isPacked(dtype) ? 1 : 4;
  const start = Math.floor((at * size) / 4) * 4;
  const bytes = Math.ceil(((at + length) * size) / 4) * 4 - start;
  const staging = gpu.pool.acquireBuffer(bytes, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ);
  gpu.recorder.copyOut(block, start, staging, bytes);
  try {
    await staging.mapAsync(GPUMapMode.READ, 0, bytes);
    const mapped = staging.getMappedRange(0, bytes).slice(0);
    staging.unmap();
    gpu.checkFaults();
    gpu.pool.releaseBuffer(staging);
    return hostValues(mapped, dtype, at * size - start, length);
  } catch (error) {
    gpu.checkAlive();
    // The loss of a device is told to those who wait for it a moment after the mapping has failed.
    const { message } = await gpu.device.lost;
    throw Object.assign(new DeviceLostError(message), { cause: error });
  }
}

function hostValues(bytes: ArrayBuffer, dtype: GpuTensor["dtype"], offset: number, length: number): TypedArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(bytes, offset, length);
    case "int32":
      return new Int32Array(bytes, offset, length);
    case "bool":
      return Uint8Array.from(new Int32Array(bytes, offset, length));
    case "int8":
      return new Int8Array(bytes, offset, length);
    case "uint8":
      return new Uint8Array(bytes, offset, length);
  }
}

function copy(context: MemberContext, source: GpuTensor, target: GpuTensor, { sourceOffset, targetOffset, length }: CopyRegion): void {
  if (source === target) {
    // A buffer cannot be both sides of a copy.
    context.withTemporaries((keep) => {
      const between = keep(context.result(source.dtype, length));
      copy(context, source, between, { sourceOffset, targetOffset: 0, length });
      copy(context, between, target, { sourceOffset: 0, targetOffset, length });
    });
    return;
  }
  for (const from of partsOf(source, sourceOffset, length)) {
    for (const to of partsOf(target, targetOffset + from.from, from.length)) {
      copyPart(context, source.dtype, { ...from, at: from.at + to.from }, to);
    }
  }
}

function copyPart(context: MemberContext, dtype: GpuTensor["dtype"], from: Part, to: Part): void {
  if (!isPacked(dtype)) {
    context.gpu.recorder.copy(from.block, 4 * from.at, to.block, 4 * to.at, 4 * to.length);
    return;
  }
  const words = Math.ceil((to.at + to.length) / 4) - Math.floor(to.at / 4);
  context.run(copyBytes, [from.at, to.at, to.length], [from.block, to.block], words);
}

function fill(context: MemberContext, target: TensorRef, value: number): void {
  const tensor = context.storage.findAsItLies(target.handle);
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
