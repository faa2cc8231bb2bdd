import { DisposedError, InternalError, OutOfMemoryError, bytesPerElement, createTypedArray, sizeOf } from "@rowan/api";
import type { BackendMemory, DType, Handle, Shape, TensorRef, TypedArray } from "@rowan/api";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { WebGpuStats } from "../webgpu-backend.ts";
import type { GpuContext } from "../gpu/gpu-context.ts";
import { GpuTensor, isPacked, wordsOf } from "./gpu-tensor.ts";
import type { Block } from "./gpu-tensor.ts";
import { HostedRows } from "./hosted-rows.ts";
import { HostedTensor } from "./hosted-tensor.ts";

/** Blocks end at multiples of so many elements: vectors of words and of bytes never lie in two of them. */
const blockUnit = 1024;

/** Tables may take three quarters of the device; the rest is for the work, and for the caches of tables that stay on the host. */
const tableShare = 3 / 4;
/** Each such cache may take a sixteenth, and has at least so many rows. */
const cacheShare = 1 / 16;
const leastRows = 8;
/** What is smaller than this share of the device stays on it in any case. */
const smallShare = 1 / 64;

/** What a storage may take. */
export interface StorageLimits {
  /** The most bytes of one block. */
  readonly blockBytes: number;
  /** The most bytes of one tensor. */
  readonly tableBytes: number;
  /** The most bytes on the device. */
  readonly memoryBytes: number;
}

/** The memory of a backend: which handles are alive, and where their elements lie. */
export class GpuStorage {
  /** The most bytes of one tensor. */
  readonly limit: number;
  readonly #context: GpuContext;
  readonly #blockBytes: number;
  readonly #memoryBytes: number;
  readonly #live = new Set<Handle>();
  readonly #hosted = new Set<HostedTensor>();
  #endedHits = 0;
  #endedMisses = 0;
  #bytes = 0;

  /**
   * @param context - The device.
   * @param limits - What may be taken.
   */
  constructor(context: GpuContext, { blockBytes, tableBytes, memoryBytes }: StorageLimits) {
    this.#context = context;
    this.#blockBytes = blockBytes;
    this.#memoryBytes = memoryBytes;
    this.limit = tableBytes;
  }

  /** Whether there may be tensors whose rows lie on the host. */
  get mayKeepOnHost(): boolean {
    return this.#memoryBytes < Infinity;
  }

  /** Tensors that take more than one block. */
  get splitTensors(): number {
    return [...this.#live].filter((handle) => !(handle instanceof HostedTensor) && (handle as GpuTensor).blocks.length > 1).length;
  }

  /** What lies on the host, for `stats`. */
  get hostedCounts(): Pick<WebGpuStats, "hostedTensors" | "hostedBytes" | "cacheBytes" | "cacheHits" | "cacheMisses"> {
    const all = [...this.#hosted];
    const sum = (of: (tensor: HostedTensor) => number): number => all.reduce((total, tensor) => total + of(tensor), 0);
    return {
      hostedTensors: all.length,
      hostedBytes: sum(bytesOf),
      cacheBytes: sum(({ cache }) => bytesOf(cache)),
      cacheHits: this.#endedHits + sum(({ rows }) => rows.hits),
      cacheMisses: this.#endedMisses + sum(({ rows }) => rows.misses),
    };
  }

  /**
   * Zeroed memory.
   *
   * @param dtype - The dtype of the elements.
   * @param length - How many.
   * @returns A live tensor.
   * @throws OutOfMemoryError when it is larger than the limit.
   */
  allocate(dtype: DType, length: number): GpuTensor {
    return this.#make(dtype, length, true);
  }

  /**
   * Zeroed memory for rows: on the device where it has room for them, else on the host, with a cache on the device.
   *
   * @param dtype - The dtype of the elements.
   * @param shape - `[rows, ...row]`.
   * @returns A live tensor.
   * @throws OutOfMemoryError when it is larger than the limit, or the host has no room either.
   */
  allocateRows(dtype: DType, shape: Shape): GpuTensor {
    const [rows = 0, ...row] = shape;
    const [length, width] = [sizeOf(shape), sizeOf(row)];
    const bytes = 4 * wordsOf(dtype, length);
    const room = this.#memoryBytes * tableShare - this.#context.pool.numBytesUsed;
    if (bytes <= Math.max(room, this.#memoryBytes * smallShare) || rows <= leastRows) return this.allocate(dtype, length);
    this.#checkSize(dtype, length);
    const capacity = Math.min(rows, Math.max(leastRows, Math.floor((this.#memoryBytes * cacheShare) / (4 * wordsOf(dtype, width)))));
    const tensor = new HostedTensor(
      dtype,
      new HostedRows(dtype, hostMemory(dtype, length), width, capacity),
      this.#cache(dtype, capacity * width),
    );
    this.#hosted.add(tensor);
    return this.#enlist(tensor);
  }

  /**
   * Makes the cache of a tensor on the host larger.
   *
   * @param tensor - The tensor.
   * @param capacity - So many rows.
   * @param move - Takes what is in the old cache over.
   */
  growCache(tensor: HostedTensor, capacity: number, move: (from: GpuTensor, to: GpuTensor) => void): void {
    const { cache, rows } = tensor;
    tensor.cache = this.#cache(tensor.dtype, capacity * rows.width);
    move(cache, tensor.cache);
    rows.grow(capacity);
    this.#dispose(cache);
  }

  /**
   * Memory that the caller writes whole.
   *
   * @param dtype - The dtype of the elements.
   * @param length - How many.
   * @returns A live tensor with any values.
   * @throws OutOfMemoryError when it is larger than the limit.
   */
  allocateRaw(dtype: DType, length: number): GpuTensor {
    return this.#make(dtype, length, false);
  }

  /**
   * Takes over what a kernel of TensorFlow.js made.
   *
   * @param info - Its tensor, of one block.
   * @param dtype - What its elements are to us.
   * @returns A live tensor.
   */
  adopt(info: TensorInfo, dtype: DType): GpuTensor {
    const length = sizeOf(info.shape);
    return this.#enlist(new GpuTensor(dtype, length, [{ info, buffer: this.#bufferOf(info), start: 0, length }], false));
  }

  /**
   * The memory behind a tensor of api.
   *
   * @param ref - With a live handle, and the dtype and size that it was made with.
   * @returns The memory, cleared where it has to be.
   * @throws DisposedError when the handle was freed, or belongs to another backend.
   * @throws InternalError when dtype or size are not those of the handle.
   */
  find(ref: TensorRef): GpuTensor {
    const tensor = this.findAsItLies(ref.handle);
    if (tensor.dtype !== ref.dtype || tensor.length !== sizeOf(ref.shape)) {
      throw new InternalError(
        `a tensor must be read as what it holds, ${tensor.length} elements of ${tensor.dtype}. Received: shape=[${ref.shape.join(", ")}], dtype=${ref.dtype}.`,
      );
    }
    return this.settle(tensor);
  }

  /** Clears memory whose zeros were put off. */
  settle(tensor: GpuTensor): GpuTensor {
    if (tensor.isStale) for (const block of tensor.blocks) this.#context.recorder.clear(block);
    tensor.isStale = false;
    return tensor;
  }

  /** The memory behind a handle, as it lies. */
  findAsItLies(handle: Handle): GpuTensor {
    if (!this.#live.has(handle)) {
      throw new DisposedError(
        "A handle must be alive and belong to this backend. Received: one that was freed, or that another backend made. Free each handle once, after its last use.",
      );
    }
    return handle as GpuTensor;
  }

  /** Gives memory back. */
  free(handle: Handle): void {
    const tensor = this.findAsItLies(handle);
    this.#live.delete(handle);
    this.#bytes -= bytesOf(tensor);
    if (!(tensor instanceof HostedTensor)) {
      this.#dispose(tensor);
      return;
    }
    this.#hosted.delete(tensor);
    this.#endedHits += tensor.rows.hits;
    this.#endedMisses += tensor.rows.misses;
    this.#dispose(tensor.cache);
  }

  /** Live handles and the bytes of their elements. */
  memory(): BackendMemory {
    return { buffers: this.#live.size, bytes: this.#bytes };
  }

  /** Forgets every handle. */
  clear(): void {
    this.#live.clear();
    this.#hosted.clear();
    this.#bytes = 0;
  }

  #make(dtype: DType, length: number, zeroed: boolean): GpuTensor {
    this.#checkSize(dtype, length);
    return this.#enlist(this.#onDevice(dtype, length, zeroed));
  }

  /** A cache is the business of its tensor: it is no handle of its own. */
  #cache(dtype: DType, length: number): GpuTensor {
    return this.#onDevice(dtype, length, false);
  }

  #dispose(tensor: GpuTensor): void {
    for (const { info } of tensor.blocks) this.#context.tf.disposeData(info.dataId);
  }

  #checkSize(dtype: DType, length: number): void {
    this.#context.checkAlive();
    const bytes = length * bytesPerElement(dtype);
    const wordBytes = 4 * wordsOf(dtype, length);
    if (Math.max(bytes, wordBytes) > this.limit) {
      throw new OutOfMemoryError(
        `An allocation must have at most ${this.limit} bytes. Received: bytes=${bytes}. Use fewer or shorter rows, quantize the table, or raise \`maximumTableBytes\`.`,
      );
    }
  }

  #onDevice(dtype: DType, length: number, zeroed: boolean): GpuTensor {
    const perBlock = Math.floor((isPacked(dtype) ? this.#blockBytes : this.#blockBytes / 4) / blockUnit) * blockUnit;
    const blocks: Block[] = [];
    for (let start = 0; start === 0 || start < length; start += perBlock) {
      blocks.push(this.#block(dtype, start, Math.min(perBlock, length - start)));
    }
    const isStale = zeroed && blocks.some(({ buffer }) => !this.#context.pool.isPristine(buffer));
    return new GpuTensor(dtype, length, blocks, isStale);
  }

  #block(dtype: DType, start: number, length: number): Block {
    const { tf } = this.#context;
    const info = tf.makeTensorInfo([wordsOf(dtype, length)], dtype === "float32" ? "float32" : "int32");
    tf.uploadToGPU(info.dataId);
    return { info, buffer: this.#bufferOf(info), start, length };
  }

  #bufferOf({ dataId }: TensorInfo): GPUBuffer {
    return this.#context.tf.tensorMap.get(dataId).resource as GPUBuffer;
  }

  #enlist<T extends GpuTensor>(tensor: T): T {
    this.#live.add(tensor);
    this.#bytes += bytesOf(tensor);
    return tensor;
  }
}

function hostMemory(dtype: DType, length: number): TypedArray {
  try {
    return createTypedArray(dtype, length);
  } catch (cause) {
    throw new OutOfMemoryError(
      `A table for which the GPU has no room must find it on the host. Received: ${length} elements of ${dtype}, more than one array can hold here. Quantize the table, or use fewer or shorter rows.`,
      { cause },
    );
  }
}

function bytesOf({ dtype, length }: GpuTensor): number {
  return 4 * wordsOf(dtype, length);
}
