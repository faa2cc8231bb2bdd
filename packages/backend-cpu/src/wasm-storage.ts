import { InternalError, viewTypedArray } from "@rowan/api";
import type { BackendMemory, DType, TypedArray } from "@rowan/api";
import { Heap, alignment } from "./heap.ts";
import type { Chunk } from "./heap.ts";
import { outOfMemory } from "./out-of-memory.ts";
import type { Block, Storage } from "./storage.ts";
import { pageBytes } from "./wasm/web-assembly.ts";
import type { WasmMemory } from "./wasm/web-assembly.ts";

class AddressBlock implements Block<number, number, number> {
  readonly chunk: Chunk;
  readonly bytes: number;
  readonly stale: number;
  readonly f32: number;
  readonly i32: number;
  readonly u8: number;

  constructor(chunk: Chunk, bytes: number, stale: number) {
    this.chunk = chunk;
    this.bytes = bytes;
    this.stale = stale;
    this.f32 = this.i32 = this.u8 = chunk.start;
  }
}

/** Blocks in one WASM memory. */
export class WasmStorage implements Storage<number, number, number> {
  readonly limit: number;
  readonly stableViews: boolean;
  readonly memoryObject: WasmMemory;
  readonly #heap: Heap;
  #buffers = 0;
  #bytes = 0;

  /**
   * Takes a memory that nobody else allocates in.
   *
   * @param memory - The memory, in the state in which it was made.
   * @param maximumPages - The maximum it was made with.
   */
  constructor(memory: WasmMemory, maximumPages: number) {
    // Address 0 is never given out, and the last address is below 2^32, so that the end of a block is an address as well.
    const end = Math.min(maximumPages * pageBytes, 2 ** 32 - alignment);
    this.limit = end - alignment;
    this.stableViews = !(memory.buffer instanceof ArrayBuffer);
    this.memoryObject = memory;
    this.#heap = new Heap(alignment, Math.min(memory.buffer.byteLength, end), end, (wanted) => grow(memory, wanted));
  }

  allocate(bytes: number): AddressBlock {
    const { touched } = this.#heap;
    const chunk = bytes > this.limit ? undefined : this.#heap.allocate(bytes);
    if (!chunk) throw outOfMemory(bytes, this.#bytes, this.limit);
    this.#buffers++;
    this.#bytes += bytes;
    return new AddressBlock(chunk, bytes, Math.max(0, Math.min(bytes, touched - chunk.start)));
  }

  free(block: Block<number, number, number>): void {
    if (!(block instanceof AddressBlock)) throw new InternalError("a block of another backend was freed.");
    this.#heap.free(block.chunk);
    this.#buffers--;
    this.#bytes -= block.bytes;
  }

  view(block: Block<number, number, number>, dtype: DType, offset: number, length: number): TypedArray {
    const size = dtype === "float32" || dtype === "int32" ? 4 : 1;
    return viewTypedArray(dtype, this.memoryObject.buffer, block.u8 + offset * size, length);
  }

  window(block: Block<number, number, number>, offset: number): Block<number, number, number> {
    const start = block.u8 + offset;
    return { f32: start, i32: start, u8: start, bytes: block.bytes - offset, stale: 0 };
  }

  share(block: Block<number, number, number>): { memory: WasmMemory; byteOffset: number } | undefined {
    return this.stableViews ? { memory: this.memoryObject, byteOffset: block.u8 } : undefined;
  }

  memory(): BackendMemory {
    return { buffers: this.#buffers, bytes: this.#bytes };
  }

  dispose(): void {
    this.#buffers = 0;
    this.#bytes = 0;
  }
}

function grow(memory: WasmMemory, end: number): boolean {
  const pages = Math.ceil((end - memory.buffer.byteLength) / pageBytes);
  if (pages <= 0) return true;
  try {
    memory.grow(pages);
    return true;
  } catch {
    return false;
  }
}
