import { createTypedArray } from "@rowan/api";
import type { TypedArray } from "@rowan/api";
import { DeviceLostError } from "../gpu/device-lost-error.ts";
import { copyBytes } from "../kernels/copy-bytes.wgsl.ts";
import { isPacked, wordsOf } from "../storage/gpu-tensor.ts";
import type { Block, GpuTensor } from "../storage/gpu-tensor.ts";
import type { MemberContext } from "./member-context.ts";

/** One bulk write at most, so that a huge table does not need a second time its bytes in the driver. */
const writeBytes = 2 ** 26;

/** So long a read that failed waits for the word that the device is lost. */
const momentMilliseconds = 500;

declare const setTimeout: (done: () => void, milliseconds: number) => unknown;

/** What a range of a tensor has in one of its blocks. */
export interface Part {
  readonly block: Block;
  /** The first element, counted from the start of the block. */
  readonly at: number;
  /** The first element, counted from the start of the range. */
  readonly from: number;
  readonly length: number;
}

/**
 * A range of a tensor, by its blocks.
 *
 * @param tensor - On the device.
 * @param offset - The first element.
 * @param length - How many.
 * @returns What lies in each block.
 */
export function partsOf({ blocks }: GpuTensor, offset: number, length: number): Part[] {
  return blocks.flatMap((block) => {
    const start = Math.max(offset, block.start);
    const end = Math.min(offset + length, block.start + block.length);
    return end > start ? [{ block, at: start - block.start, from: start - offset, length: end - start }] : [];
  });
}

/**
 * Brings host values to a tensor on the device.
 *
 * @param context - The device and its memory.
 * @param tensor - Where to.
 * @param data - The values, of its dtype.
 * @param offset - The first element.
 */
export function writeRange(context: MemberContext, tensor: GpuTensor, data: TypedArray, offset: number): void {
  for (const part of partsOf(tensor, offset, data.length))
    writePart(context, tensor, part, data.subarray(part.from, part.from + part.length));
}

/**
 * Host values on the device.
 *
 * @param context - The device and its memory.
 * @param dtype - Theirs.
 * @param data - The values.
 * @returns A new tensor.
 */
export function uploadValues(context: MemberContext, dtype: GpuTensor["dtype"], data: TypedArray): GpuTensor {
  const tensor = context.result(dtype, data.length);
  writeRange(context, tensor, data, 0);
  return tensor;
}

/**
 * Values of a tensor on the device, as they are at the time of the call.
 *
 * @param context - The device and its memory.
 * @param tensor - Where from.
 * @param offset - The first element.
 * @param length - How many.
 * @returns The values.
 */
export async function readRange(context: MemberContext, tensor: GpuTensor, offset: number, length: number): Promise<TypedArray> {
  const result = createTypedArray(tensor.dtype, length);
  await Promise.all(partsOf(tensor, offset, length).map(async (part) => result.set(await readPart(context, tensor, part), part.from)));
  return result;
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
  let mapped: ArrayBuffer;
  try {
    await gpu.recorder.countRead(staging.mapAsync(GPUMapMode.READ, 0, bytes));
    mapped = staging.getMappedRange(0, bytes).slice(0);
    staging.unmap();
  } catch (error) {
    gpu.pool.releaseBuffer(staging, false);
    gpu.checkAlive();
    // Where there was no memory for the buffer, that is a fault, which is told when the device has done its work.
    await gpu.device.queue.onSubmittedWorkDone().catch(() => undefined);
    gpu.checkAlive();
    gpu.checkFaults();
    // The loss of a device is told to those who wait for it a moment after the mapping has failed.
    const moment = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), momentMilliseconds));
    const lost = await Promise.race([gpu.device.lost, moment]);
    if (lost) throw Object.assign(new DeviceLostError(lost.message), { cause: error });
    gpu.checkFaults();
    // Of several reads that one fault ends the first was told.
    gpu.tellAgain();
    throw error;
  }
  gpu.pool.releaseBuffer(staging);
  gpu.checkFaults();
  return hostValues(mapped, dtype, at * size - start, length);
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
