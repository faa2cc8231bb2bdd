import { InternalError, viewTypedArray } from "@rowan/api";
import type { BackendMemory, DType, TypedArray } from "@rowan/api";
import { outOfMemory } from "./out-of-memory.ts";
import type { Block, Storage } from "./storage.ts";

class ArrayBlock implements Block<Float32Array, Int32Array, Uint8Array> {
  readonly f32: Float32Array;
  readonly i32: Int32Array;
  readonly u8: Uint8Array;
  readonly bytes: number;
  readonly stale = 0;

  constructor(bytes: number) {
    const buffer = new ArrayBuffer(Math.ceil(bytes / 4) * 4);
    this.f32 = new Float32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u8 = new Uint8Array(buffer);
    this.bytes = bytes;
  }
}

/** Blocks that are ordinary typed arrays, which the garbage collector takes back after `free`. */
export class PlainStorage implements Storage<Float32Array, Int32Array, Uint8Array> {
  readonly limit: number;
  readonly stableViews = true;
  readonly #live = new Set<object>();
  #bytes = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  allocate(bytes: number): ArrayBlock {
    if (this.#bytes + bytes > this.limit) throw outOfMemory(bytes, this.#bytes, this.limit);
    let block: ArrayBlock;
    try {
      block = new ArrayBlock(bytes);
    } catch (cause) {
      throw outOfMemory(bytes, this.#bytes, this.limit, cause);
    }
    this.#live.add(block);
    this.#bytes += bytes;
    return block;
  }

  free(block: Block<Float32Array, Int32Array, Uint8Array>): void {
    if (!this.#live.delete(block)) throw new InternalError("a block of memory was freed that is not in use.");
    this.#bytes -= block.bytes;
  }

  view(block: Block<Float32Array, Int32Array, Uint8Array>, dtype: DType, offset: number, length: number): TypedArray {
    const size = dtype === "float32" || dtype === "int32" ? 4 : 1;
    return viewTypedArray(dtype, block.u8.buffer, block.u8.byteOffset + offset * size, length);
  }

  window(block: Block<Float32Array, Int32Array, Uint8Array>, offset: number): Block<Float32Array, Int32Array, Uint8Array> {
    const u8 = block.u8.subarray(offset);
    // Bytes may start anywhere; nobody reads words there.
    const words = offset % 4 === 0 ? offset / 4 : block.f32.length;
    return { f32: block.f32.subarray(words), i32: block.i32.subarray(words), u8, bytes: block.bytes - offset, stale: 0 };
  }

  share(): undefined {
    return undefined;
  }

  memory(): BackendMemory {
    return { buffers: this.#live.size, bytes: this.#bytes };
  }

  dispose(): void {
    this.#live.clear();
    this.#bytes = 0;
  }
}
