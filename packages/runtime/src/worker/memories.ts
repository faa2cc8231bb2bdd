import { startKernels } from "@rowan/backend-cpu/thread";
import type { CompiledKernels, WasmKernels } from "@rowan/backend-cpu/thread";
import type { JobMessage, WorkerSetup } from "../protocol.ts";

/** A memory with kernels over it, and the host's way to the same bytes. */
export class KernelMemory {
  readonly kernels: WasmKernels;
  readonly #memory: { readonly buffer: ArrayBufferLike };

  constructor(kernels: WasmKernels, memory: object) {
    this.kernels = kernels;
    this.#memory = memory as { buffer: ArrayBufferLike };
  }

  /** Float32 values, as the memory is now: it may have grown since the last time. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, length);
  }

  /** Int32 values. */
  ints(address: number, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, address, length);
  }
}

/** The memories that a worker has seen, each with its kernels. */
export class Memories {
  readonly #compiled: CompiledKernels;
  readonly #known = new Map<number, KernelMemory>();

  constructor({ compiled, memories }: WorkerSetup) {
    this.#compiled = compiled;
    this.meet(memories);
  }

  /** Makes kernels over memories that are new to this worker. */
  meet(memories: JobMessage["memories"]): void {
    for (const [number, memory] of memories) {
      if (this.#known.has(number)) continue;
      this.#known.set(number, new KernelMemory(startKernels(this.#compiled, memory), memory));
    }
  }

  /** A memory that was met. */
  get(number: number): KernelMemory {
    return this.#known.get(number) as KernelMemory;
  }
}
