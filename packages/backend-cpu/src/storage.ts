import type { BackendMemory, DType, TypedArray } from "@rowan/api";

/** A piece of memory, as kernels name it (see `kernels.ts`). This is what a handle of the backend is. */
export interface Block<F, I, U> {
  readonly f32: F;
  readonly i32: I;
  readonly u8: U;
  /** Its length as it was asked for. */
  readonly bytes: number;
  /** How many of its first bytes may hold what another block left there. */
  readonly stale: number;
}

/** Where blocks come from. */
export interface Storage<F, I, U> {
  /** The largest block that can exist, in bytes. */
  readonly limit: number;
  /** Views stay valid until their block is freed. */
  readonly stableViews: boolean;
  /** Memory that holds zeros, but for its stale bytes. Throws OutOfMemoryError before anything is taken. */
  allocate(bytes: number): Block<F, I, U>;
  /** Takes a block back. Throws InternalError when it was freed before. */
  free(block: Block<F, I, U>): void;
  /** The block as host memory. Without `stableViews`, only until the next allocation. */
  view(block: Block<F, I, U>, dtype: DType, offset: number, length: number): TypedArray;
  /** The part of a block from a byte on, under which kernels find it; it is neither counted nor freed, and ends with its block. */
  window(block: Block<F, I, U>, offset: number): Block<F, I, U>;
  /** Where the block lies in a memory that other threads can read; undefined where there is no such memory. */
  share(block: Block<F, I, U>): { readonly memory: object; readonly byteOffset: number } | undefined;
  memory(): BackendMemory;
  dispose(): void;
}
