import { OutOfMemoryError, InternalError, DisposedError, bytesPerElement, countOf, createTypedArray, sizeOf } from "@rowan/api";
import type { BackendMemory, DType, Handle, TensorRef, TypedArray } from "@rowan/api";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { WebGpuStats } from "../webgpu-backend.ts";
import type { GpuContext } from "../gpu/gpu-context.ts";
import { GpuTensor, bytesOf, isPacked, wordsOf } from "./gpu-tensor.ts";
import type { Block } from "./gpu-tensor.ts";
import { HostPlace } from "./host-place.ts";
import type { RowCache } from "./host-place.ts";
import { HostedRows } from "./hosted-rows.ts";
import { Room } from "./room.ts";

/** Blocks end at multiples of so many elements: vectors of words and of bytes never lie in two of them. */
const blockUnit = 1024;

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
  readonly room: Room;
  readonly #context: GpuContext;
  readonly #blockBytes: number;
  readonly #live = new Set<Handle>();
  /** Freed handles that work in the line still uses. */
  readonly #leaving = new Set<Handle>();
  #hostTensors = 0;
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
    this.limit = tableBytes;
    this.room = new Room(context.pool, memoryBytes, this.#blockElements("float32"));
  }

  /** Whether there are tensors whose elements lie on the host. */
  get keepsOnHost(): boolean {
    return this.#hostTensors > 0;
  }

  /** Tensors that take more than one block. */
  get splitTensors(): number {
    return this.#placed().filter((tensor) => !tensor.host && tensor.blocks.length > 1).length;
  }

  /** What lies on the host, for `stats`. */
  get hostedCounts(): Pick<WebGpuStats, "hostedTensors" | "hostedBytes" | "cacheBytes" | "cacheHits" | "cacheMisses"> {
    const all = this.#placed().flatMap((tensor) => (tensor.host ? [{ tensor, host: tensor.host }] : []));
    const sum = (of: (one: { tensor: GpuTensor; host: HostPlace }) => number): number => all.reduce((total, one) => total + of(one), 0);
    return {
      hostedTensors: all.length,
      hostedBytes: sum(({ tensor }) => bytesOf(tensor.dtype, tensor.length)),
      cacheBytes: sum(({ tensor, host }) => (host.cache ? bytesOf(tensor.dtype, host.cache.tensor.length) : 0)),
      cacheHits: this.#endedHits + sum(({ host }) => host.hits),
      cacheMisses: this.#endedMisses + sum(({ host }) => host.misses),
    };
  }

  /**
   * Zeroed memory, on the device where it has room.
   *
   * @param dtype - The dtype of the elements.
   * @param length - How many.
   * @returns A live tensor.
   * @throws OutOfMemoryError when it is larger than the limit.
   */
  allocate(dtype: DType, length: number): GpuTensor {
    this.checkSize(dtype, length);
    // Integers are ids and their like, which kernels need beside them.
    const isTooMuch = dtype === "float32" && !this.room.has(bytesOf(dtype, length));
    return isTooMuch ? this.allocateOnHost(dtype, length) : this.allocateOnDevice(dtype, length);
  }

  /**
   * Zeroed memory on the device.
   *
   * @param dtype - The dtype of the elements.
   * @param length - How many.
   * @returns A live tensor.
   * @throws OutOfMemoryError when it is larger than the limit.
   */
  allocateOnDevice(dtype: DType, length: number): GpuTensor {
    this.checkSize(dtype, length);
    return this.#enlist(this.#onDevice(dtype, length, true));
  }

  /**
   * Memory on the device that the caller writes whole.
   *
   * @param dtype - The dtype of the elements.
   * @param length - How many.
   * @returns A live tensor with any values.
   * @throws OutOfMemoryError when it is larger than the limit.
   */
  allocateRaw(dtype: DType, length: number): GpuTensor {
    this.checkSize(dtype, length);
    return this.#enlist(this.#onDevice(dtype, length, false));
  }

  /**
   * Zeroed memory on the host.
   *
   * @param dtype - The dtype of the elements.
   * @param length - How many.
   * @returns A live tensor.
   * @throws OutOfMemoryError when the host has no room either.
   */
  allocateOnHost(dtype: DType, length: number): GpuTensor {
    this.checkSize(dtype, length);
    this.#hostTensors++;
    return this.#enlist(new GpuTensor(dtype, length, { host: new HostPlace(hostMemory(dtype, length)) }));
  }

  /**
   * A tensor that is still to be computed.
   *
   * @param dtype - The dtype of the elements.
   * @param length - How many.
   * @returns A live tensor that lies nowhere.
   */
  promise(dtype: DType, length: number): GpuTensor {
    return this.#enlist(new GpuTensor(dtype, length));
  }

  /**
   * What was computed is what was promised.
   *
   * @param promised - The tensor that the caller has.
   * @param computed - Another tensor, which ends.
   */
  fulfil(promised: GpuTensor, computed: GpuTensor): void {
    promised.moveTo(computed.place);
    promised.isStale = computed.isStale;
    promised.hostIds = computed.hostIds;
    this.#live.delete(computed);
    this.#bytes -= bytesOf(computed.dtype, computed.length);
  }

  /**
   * Blocks on the device that belong to no tensor yet.
   *
   * @param dtype - The dtype of the elements.
   * @param length - How many.
   * @returns The blocks, with what others left there.
   */
  makeBlocks(dtype: DType, length: number): readonly Block[] {
    return this.#onDevice(dtype, length, false).blocks;
  }

  /** Ends blocks of no tensor: the device had no memory for them, or they were a question only. */
  endBlocks(blocks: readonly Block[]): void {
    for (const { buffer, info } of blocks) {
      this.#context.pool.refuse(buffer);
      this.#context.tf.disposeData(info.dataId);
    }
  }

  /** A tensor on the host lies on the device from now on. */
  moveToDevice(tensor: GpuTensor, blocks: readonly Block[]): void {
    this.#leaveHost(tensor);
    tensor.moveTo({ blocks });
  }

  /**
   * A cache for the rows of a tensor on the host; rows that it had in a cache of rows of another length were written back before.
   *
   * @param tensor - The tensor.
   * @param host - Where it lies.
   * @param width - Elements of a row.
   * @returns An empty cache.
   */
  makeCache({ dtype, length }: GpuTensor, host: HostPlace, width: number): RowCache {
    this.#endCache(host);
    const capacity = this.room.cacheRows(length / width, bytesOf(dtype, width));
    const rows = new HostedRows(dtype, host.values, width, capacity);
    host.cache = { rows, tensor: this.#onDevice(dtype, capacity * width, false), isWritingBack: false };
    return host.cache;
  }

  /**
   * Makes a cache larger.
   *
   * @param cache - The cache.
   * @param capacity - So many rows.
   * @param move - Takes what is in the old cache over.
   */
  growCache(cache: RowCache, capacity: number, move: (from: GpuTensor, to: GpuTensor) => void): void {
    const { tensor, rows } = cache;
    cache.tensor = this.#onDevice(tensor.dtype, capacity * rows.width, false);
    move(tensor, cache.tensor);
    rows.grow(capacity);
    this.#dispose(tensor);
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
    return this.#enlist(new GpuTensor(dtype, length, { blocks: [{ info, buffer: this.#bufferOf(info), start: 0, length }] }));
  }

  /**
   * The memory behind a tensor of api.
   *
   * @param ref - With a handle, and the dtype and size that it was made with.
   * @returns The memory, cleared where it has to be.
   * @throws DisposedError when the handle was freed, or belongs to another backend.
   * @throws InternalError when dtype or size are not those of the handle.
   */
  find(ref: TensorRef): GpuTensor {
    const tensor = this.#leaving.has(ref.handle) ? (ref.handle as GpuTensor) : this.findAsItLies(ref.handle);
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

  /** The memory behind a live handle, as it lies. */
  findAsItLies(handle: Handle): GpuTensor {
    if (!this.#live.has(handle)) {
      throw new DisposedError(
        "A handle must be alive and belong to this backend. Received: one that was freed, or that another backend made. Free each handle once, after its last use.",
      );
    }
    return handle as GpuTensor;
  }

  /** Nobody may use a handle from now on but work that is in the line already; `end` gives its memory back. */
  retire(handle: Handle): GpuTensor {
    const tensor = this.findAsItLies(handle);
    this.#live.delete(handle);
    this.#leaving.add(handle);
    this.#bytes -= bytesOf(tensor.dtype, tensor.length);
    return tensor;
  }

  /** Gives the memory of a retired handle back. */
  end(tensor: GpuTensor): void {
    this.#leaving.delete(tensor);
    if (!tensor.isPlaced) return;
    if (tensor.host) this.#leaveHost(tensor);
    else this.#dispose(tensor);
  }

  /** Gives memory back at once. */
  free(handle: Handle): void {
    this.end(this.retire(handle));
  }

  /** Live handles and the bytes of their elements. */
  memory(): BackendMemory {
    return { buffers: this.#live.size, bytes: this.#bytes };
  }

  /** Forgets every handle. */
  clear(): void {
    this.#live.clear();
    this.#leaving.clear();
    this.#hostTensors = 0;
    this.#bytes = 0;
  }

  /**
   * To be called before memory is made.
   *
   * @param dtype - The dtype of the elements.
   * @param length - How many.
   * @throws OutOfMemoryError when it is larger than the limit.
   */
  checkSize(dtype: DType, length: number): void {
    this.#context.checkAlive();
    const bytes = length * bytesPerElement(dtype);
    if (Math.max(bytes, bytesOf(dtype, length)) > this.limit) {
      throw new OutOfMemoryError(
        `An allocation must have at most ${countOf(this.limit, "byte")}. Received: bytes=${bytes}. Use fewer or shorter rows, quantize the table, or raise \`maximumTableBytes\`.`,
      );
    }
  }

  #placed(): GpuTensor[] {
    return [...this.#live].filter((handle): handle is GpuTensor => (handle as GpuTensor).isPlaced);
  }

  #leaveHost(tensor: GpuTensor): void {
    const { host } = tensor;
    if (!host) return;
    this.#hostTensors--;
    this.#endCache(host);
    this.#endedHits += host.hits;
    this.#endedMisses += host.misses;
  }

  #endCache(host: HostPlace): void {
    if (host.cache) this.#dispose(host.cache.tensor);
    host.forget();
  }

  #dispose(tensor: GpuTensor): void {
    for (const { info } of tensor.blocks) this.#context.tf.disposeData(info.dataId);
  }

  #blockElements(dtype: DType): number {
    return Math.floor((isPacked(dtype) ? this.#blockBytes : this.#blockBytes / 4) / blockUnit) * blockUnit;
  }

  /** Belongs to no handle of its own. */
  #onDevice(dtype: DType, length: number, zeroed: boolean): GpuTensor {
    const perBlock = this.#blockElements(dtype);
    const blocks: Block[] = [];
    for (let start = 0; start === 0 || start < length; start += perBlock) {
      blocks.push(this.#block(dtype, start, Math.min(perBlock, length - start)));
    }
    const tensor = new GpuTensor(dtype, length, { blocks });
    tensor.isStale = zeroed && blocks.some(({ buffer }) => !this.#context.pool.isPristine(buffer));
    return tensor;
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

  #enlist(tensor: GpuTensor): GpuTensor {
    this.#live.add(tensor);
    this.#bytes += bytesOf(tensor.dtype, tensor.length);
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
