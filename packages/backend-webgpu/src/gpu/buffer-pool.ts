import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";

/** What TensorFlow.js expects of its buffer manager. */
type BufferManager = Pick<
  WebGPUBackend["bufferManager"],
  "acquireBuffer" | "releaseBuffer" | "dispose" | "getNumUsedBuffers" | "getNumFreeBuffers" | "numBytesUsed" | "numBytesAllocated"
>;

/** Kernels read and write four words at a time, also at the end of a buffer. */
const alignment = 16;

/**
 * Buffers that are given back and used again. It takes the place of TensorFlow.js' own manager, so that its tensors and ours come from
 * one pool; unlike it, this one pads sizes for vectors, and ends idle buffers beyond a limit.
 */
export class BufferPool implements BufferManager {
  numBytesUsed = 0;
  numBytesAllocated = 0;
  /** What the device has, as far as it is known: idle buffers end before a new one goes beyond it. */
  limit: number = Number.POSITIVE_INFINITY;
  readonly #device: GPUDevice;
  readonly #idleLimit: number;
  readonly #idle = new Map<string, GPUBuffer[]>();
  readonly #used = new Set<GPUBuffer>();
  /** Buffers that nothing was written to yet: WebGPU zeroes them. */
  readonly #pristine = new WeakSet<GPUBuffer>();
  /** Buffers for which the device had no memory: nobody else gets them. */
  readonly #refused = new WeakSet<GPUBuffer>();
  #idleBytes = 0;
  #idleCount = 0;

  /**
   * @param device - Where the buffers lie.
   * @param idleLimit - The most bytes to keep for later.
   */
  constructor(device: GPUDevice, idleLimit: number) {
    this.#device = device;
    this.#idleLimit = idleLimit;
  }

  /** A buffer of at least so many bytes: an idle one, or a new one. */
  acquireBuffer(size: number, usage: GPUBufferUsageFlags, mappedAtCreation = false, reuse = true): GPUBuffer {
    const padded = Math.max(alignment, Math.ceil(size / alignment) * alignment);
    const idle = reuse && !mappedAtCreation ? this.#idle.get(keyOf(padded, usage))?.pop() : undefined;
    if (idle) {
      this.#idleBytes -= padded;
      this.#idleCount--;
    }
    const buffer = idle ?? this.#create(padded, usage, mappedAtCreation);
    this.#used.add(buffer);
    this.numBytesUsed += padded;
    return buffer;
  }

  /** Takes a buffer back. No work that was submitted later may use it; work that is recorded and not submitted may not, either. */
  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    if (!this.#used.delete(buffer)) return;
    this.numBytesUsed -= buffer.size;
    this.#pristine.delete(buffer);
    if (!reuse || this.#refused.has(buffer) || this.#idleBytes + buffer.size > this.#idleLimit) {
      this.numBytesAllocated -= buffer.size;
      buffer.destroy();
      return;
    }
    const key = keyOf(buffer.size, buffer.usage);
    const list = this.#idle.get(key);
    if (list) list.push(buffer);
    else this.#idle.set(key, [buffer]);
    this.#idleBytes += buffer.size;
    this.#idleCount++;
  }

  /**
   * Whether a buffer still has the zeros that it was made with.
   *
   * @param buffer - One of this pool.
   * @returns False once it was given back and taken again.
   */
  isPristine(buffer: GPUBuffer): boolean {
    return this.#pristine.has(buffer);
  }

  /** The device had no memory for a buffer: it ends when it is given back. */
  refuse(buffer: GPUBuffer): void {
    this.#refused.add(buffer);
  }

  /**
   * Ends the idle buffers.
   *
   * @returns The bytes that they had.
   */
  releaseIdle(): number {
    const bytes = this.#idleBytes;
    for (const list of this.#idle.values()) for (const buffer of list) buffer.destroy();
    this.#idle.clear();
    this.numBytesAllocated -= bytes;
    [this.#idleBytes, this.#idleCount] = [0, 0];
    return bytes;
  }

  getNumUsedBuffers(): number {
    return this.#used.size;
  }

  getNumFreeBuffers(): number {
    return this.#idleCount;
  }

  /** Ends every buffer. */
  dispose(): void {
    for (const buffer of [...this.#used, ...[...this.#idle.values()].flat()]) buffer.destroy();
    this.#used.clear();
    this.#idle.clear();
    [this.numBytesUsed, this.numBytesAllocated, this.#idleBytes, this.#idleCount] = [0, 0, 0, 0];
  }

  #create(size: number, usage: GPUBufferUsageFlags, mappedAtCreation: boolean): GPUBuffer {
    if (this.numBytesAllocated + size > this.limit) this.releaseIdle();
    const buffer = this.#device.createBuffer({ size, usage, mappedAtCreation });
    if (!mappedAtCreation) this.#pristine.add(buffer);
    this.numBytesAllocated += size;
    return buffer;
  }
}

function keyOf(size: number, usage: GPUBufferUsageFlags): string {
  return `${size} ${usage}`;
}
