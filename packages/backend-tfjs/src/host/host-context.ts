import { OutOfMemoryError, InternalError, DisposedError, bytesPerElement, countOf, sizeOf } from "@rowan/api";
import type { BackendMemory, DType, Handle, TensorRef, TypedArray } from "@rowan/api";
import type { KernelFunc, NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import type { TfjsCore } from "../tfjs-core.ts";
import { tfjsType } from "./host-memory.ts";
import type { HostMemory } from "./host-memory.ts";
import type { RowKernel } from "./row-kernels.ts";

/** A tensor of TensorFlow.js that is ours. */
export interface HostHandle {
  readonly info: TensorInfo;
  readonly dtype: DType;
  readonly length: number;
  /** It was the right side of a product, and the engine may have kept it in another form. */
  isPacked: boolean;
}

/** Below this a result is small beside what a memory keeps in reserve. */
const largeResult = 2 ** 16;

/** What the members of a backend share: one memory of TensorFlow.js, its kernels, and the tensors that are alive in it. */
export class HostContext {
  readonly memory: HostMemory;
  readonly #tf: TfjsCore;
  readonly #kernels = new Map<string, KernelFunc>();
  readonly #live = new Set<HostHandle>();
  #bytes = 0;

  constructor(tf: TfjsCore, memory: HostMemory) {
    this.#tf = tf;
    this.memory = memory;
  }

  /** Memory of any content. */
  allocate(dtype: DType, length: number): HostHandle {
    const bytes = length * bytesPerElement(dtype);
    const info = bytes > this.memory.limit ? undefined : this.memory.allocate(dtype, length);
    if (!info) throw this.#outOfMemory(bytes);
    return this.#keep(info, dtype, length);
  }

  /** Lets a result be written to `into`, or to new memory, which is given back if that fails. */
  fill(dtype: DType, length: number, into: Handle | undefined, write: (out: TensorRef) => void): HostHandle {
    const handle = into === undefined ? this.allocate(dtype, length) : this.handle(into);
    try {
      write({ handle, shape: [length], dtype });
    } catch (error) {
      if (into === undefined) this.free(handle);
      throw error;
    }
    return handle;
  }

  handle(handle: Handle): HostHandle {
    if (!this.#live.has(handle as HostHandle)) {
      throw new DisposedError(
        "A handle must be alive and belong to this backend. Received: one that was freed, or that another backend made. Free each handle once, after its last use.",
      );
    }
    return handle as HostHandle;
  }

  /** All elements behind a tensor. Memory may grow, and take the view away, whenever something is allocated. */
  view(tensor: TensorRef): TypedArray {
    return this.viewOf(this.handle(tensor.handle));
  }

  viewOf({ info, dtype, length }: HostHandle): TypedArray {
    return this.memory.view(info, dtype, length);
  }

  /** All elements behind a tensor, to be written to. */
  writable(tensor: TensorRef): TypedArray {
    const handle = this.handle(tensor.handle);
    this.#forget(handle);
    return this.viewOf(handle);
  }

  floats(tensor: TensorRef): Float32Array {
    return this.view(tensor) as Float32Array;
  }

  free(handle: Handle): void {
    const mine = this.handle(handle);
    this.#live.delete(mine);
    this.#bytes -= mine.length * bytesPerElement(mine.dtype);
    this.memory.backend.disposeData(mine.info.dataId, true);
  }

  counts(): BackendMemory {
    return { buffers: this.#live.size, bytes: this.#bytes };
  }

  dispose(): void {
    for (const handle of this.#live) this.free(handle);
  }

  /**
   * Runs a kernel of TensorFlow.js on its memory, whichever backend is the active one.
   *
   * @param name - As its registry knows it.
   * @param inputs - Tensors by the names that the kernel gives them.
   * @param attrs - The kernel's other arguments.
   * @param dtype - Of the result.
   * @param length - How many elements the result has.
   * @returns The result, which shares no memory with an input.
   */
  run(name: string, inputs: Readonly<Record<string, TensorRef>>, attrs: NamedAttrMap, dtype: DType, length: number): HostHandle {
    const bytes = length * bytesPerElement(dtype);
    if (bytes > largeResult && !this.memory.hasRoomFor(bytes)) throw this.#outOfMemory(bytes);
    const infos: Record<string, TensorInfo> = {};
    for (const input in inputs) infos[input] = this.#infoOf(inputs[input] as TensorRef);
    if (name === "BatchMatMul" && inputs["b"]) this.handle(inputs["b"].handle).isPacked = true;
    const output = this.#kernel(name)({ inputs: infos, backend: this.memory.backend, attrs }) as TensorInfo;
    for (const input in infos) {
      if (output.dataId !== infos[input]?.dataId) continue;
      // A kernel with nothing to do hands its input back and counts one more user of it: ours can be written to, so it must be a copy.
      this.memory.backend.disposeData(output.dataId);
      const copy = this.allocate(dtype, length);
      this.viewOf(copy).set(this.view(inputs[input] as TensorRef));
      return copy;
    }
    return this.#keep(output, dtype, length);
  }

  /**
   * Runs a kernel of ours, which writes into one of its inputs.
   *
   * @param name - As we registered it.
   * @param inputs - Tensors by the names that the kernel gives them.
   * @param attrs - The kernel's other arguments.
   */
  runInPlace(name: RowKernel, inputs: Readonly<Record<string, TensorRef>>, attrs: Readonly<Record<string, unknown>>): void {
    const infos: Record<string, TensorInfo> = {};
    for (const input in inputs) {
      infos[input] = this.#infoOf(inputs[input] as TensorRef);
      this.#forget(this.handle((inputs[input] as TensorRef).handle));
    }
    this.#kernel(name)({ inputs: infos, backend: this.memory.backend, attrs: attrs as NamedAttrMap });
  }

  #forget(handle: HostHandle): void {
    if (!handle.isPacked) return;
    this.memory.forgetDerived(handle.info);
    handle.isPacked = false;
  }

  #infoOf(tensor: TensorRef): TensorInfo {
    return { dataId: this.handle(tensor.handle).info.dataId, shape: [...tensor.shape], dtype: tfjsType(tensor.dtype) };
  }

  #kernel(name: string): KernelFunc {
    let kernel = this.#kernels.get(name);
    if (!kernel) {
      kernel = (this.#tf.getKernel(name, this.memory.backendName) as { kernelFunc: KernelFunc } | undefined)?.kernelFunc;
      if (!kernel) throw new InternalError(`TensorFlow.js has no kernel ${name} for ${this.memory.backendName}.`);
      this.#kernels.set(name, kernel);
    }
    return kernel;
  }

  #keep(info: TensorInfo, dtype: DType, length: number): HostHandle {
    const handle = { info, dtype, length, isPacked: false };
    this.#live.add(handle);
    this.#bytes += length * bytesPerElement(dtype);
    return handle;
  }

  #outOfMemory(bytes: number): OutOfMemoryError {
    return new OutOfMemoryError(
      `The memory of TensorFlow.js must hold tables, weights and results; one allocation has at most ${this.memory.limit} bytes. Received: bytes=${bytes}, with ${countOf(this.#bytes, "byte")} of this backend in use. Dispose what is no longer needed, use fewer or shorter rows, or use native TensorFlow: createTfjsBackend({ engine: "node" }).`,
    );
  }
}

/**
 * The length of a row of a table.
 *
 * @param table - `[rows, ...row]`.
 * @returns Elements of one row.
 */
export function rowLength(table: TensorRef): number {
  return sizeOf(table.shape.slice(1));
}
