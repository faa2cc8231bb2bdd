import { DisposedError, InternalError, OutOfMemoryError, bytesPerElement, sizeOf } from "@rowan/api";
import type { BackendMemory, DType, Handle, TensorRef } from "@rowan/api";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { GpuContext } from "../gpu/gpu-context.ts";
import { GpuTensor, isPacked, wordsOf } from "./gpu-tensor.ts";
import type { Block } from "./gpu-tensor.ts";

/** Blocks end at multiples of so many elements: vectors of words and of bytes never lie in two of them. */
const blockUnit = 1024;

/** The memory of a backend: which handles are alive, and where their elements lie. */
export class GpuStorage {
  /** The most bytes of one tensor. */
  readonly limit: number;
  readonly #context: GpuContext;
  readonly #blockBytes: number;
  readonly #live = new Set<Handle>();
  #bytes = 0;

  /**
   * @param context - The device.
   * @param blockBytes - The most bytes of one block.
   * @param limit - The most bytes of one tensor.
   */
  constructor(context: GpuContext, blockBytes: number, limit: number) {
    this.#context = context;
    this.#blockBytes = blockBytes;
    this.limit = limit;
  }

  /** Tensors that take more than one block. */
  get splitTensors(): number {
    return [...this.#live].filter((handle) => (handle as GpuTensor).blocks.length > 1).length;
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
    for (const { info } of tensor.blocks) this.#context.tf.disposeData(info.dataId);
  }

  /** Live handles and the bytes of their elements. */
  memory(): BackendMemory {
    return { buffers: this.#live.size, bytes: this.#bytes };
  }

  /** Forgets every handle. */
  clear(): void {
    this.#live.clear();
    this.#bytes = 0;
  }

  #make(dtype: DType, length: number, zeroed: boolean): GpuTensor {
    this.#context.checkAlive();
    const bytes = length * bytesPerElement(dtype);
    const wordBytes = 4 * wordsOf(dtype, length);
    if (Math.max(bytes, wordBytes) > this.limit) {
      throw new OutOfMemoryError(
        `An allocation must have at most ${this.limit} bytes. Received: bytes=${bytes}. Use fewer or shorter rows, quantize the table, or raise \`maximumTableBytes\`.`,
      );
    }
    const perBlock = Math.floor((isPacked(dtype) ? this.#blockBytes : this.#blockBytes / 4) / blockUnit) * blockUnit;
    const blocks: Block[] = [];
    for (let start = 0; start === 0 || start < length; start += perBlock) {
      blocks.push(this.#block(dtype, start, Math.min(perBlock, length - start)));
    }
    const isStale = zeroed && blocks.some(({ buffer }) => !this.#context.pool.isPristine(buffer));
    return this.#enlist(new GpuTensor(dtype, length, blocks, isStale));
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
    this.#bytes += bytesOf(tensor);
    return tensor;
  }
}

function bytesOf({ dtype, length }: GpuTensor): number {
  return 4 * wordsOf(dtype, length);
}
