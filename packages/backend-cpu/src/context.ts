import { InternalError, bytesPerElement } from "@rowan/api";
import type { BackendMemory, DType, Handle, TensorRef } from "@rowan/api";
import type { Kernels } from "./kernels.ts";
import type { Layout } from "./layout.ts";
import type { Block, Storage } from "./storage.ts";

/** Words that a layout may take: enough for three operands of rank 12. */
const layoutWords = 64;

/** What the members of a backend share: kernels, memory, and a place for layouts. */
export class Context<F, I, U> {
  readonly kernels: Kernels<F, I, U>;
  readonly storage: Storage<F, I, U>;
  readonly #layout: Block<F, I, U>;
  #layoutView: Int32Array;
  /** What the storage holds for the backend itself. */
  #own: BackendMemory;

  constructor(kernels: Kernels<F, I, U>, storage: Storage<F, I, U>) {
    this.kernels = kernels;
    this.storage = storage;
    this.#layout = storage.allocate(layoutWords * 4);
    this.#layoutView = this.#view();
    this.#own = storage.memory();
  }

  /** The block behind a tensor. */
  block(tensor: TensorRef): Block<F, I, U> {
    return tensor.handle as Block<F, I, U>;
  }

  /** Memory for a result: what `into` names, or new memory of any content. */
  result(dtype: DType, length: number, into?: Handle): Block<F, I, U> {
    return into === undefined ? this.storage.allocate(length * bytesPerElement(dtype)) : (into as Block<F, I, U>);
  }

  /** Writes a layout where kernels find it; it stays until the next call. */
  layout(layout: Layout): I {
    const rank = layout.dims.length;
    if (rank * (layout.strides.length + 2) > layoutWords)
      throw new InternalError(`a tensor of ${rank} axes that cannot be joined reached a kernel.`);
    if (this.#layoutView.byteLength === 0) this.#layoutView = this.#view();
    this.#layoutView.set(layout.dims);
    layout.strides.forEach((list, operand) => this.#layoutView.set(list, rank * (operand + 1)));
    return this.#layout.i32;
  }

  /** Live blocks that belong to callers. */
  memory(): BackendMemory {
    const { buffers, bytes } = this.storage.memory();
    return { buffers: buffers - this.#own.buffers, bytes: bytes - this.#own.bytes };
  }

  dispose(): void {
    this.storage.dispose();
    this.#own = this.storage.memory();
  }

  #view(): Int32Array {
    return this.storage.view(this.#layout, "int32", 0, layoutWords) as Int32Array;
  }
}
