import { DisposedError, InternalError, OutOfMemoryError, bytesPerElement, createTypedArray, sizeOf } from "@rowan/api";
import type { BackendMemory, DType, Handle, TensorRef, TypedArray } from "@rowan/api";

/** What a handle holds. Float64 takes the place of float32 where finite differences need all their digits. */
export type StoredValues = TypedArray | Float64Array;

interface NaiveBuffer {
  readonly dtype: DType;
  readonly data: StoredValues;
}

/** The naive backend's memory: a handle is an object around a typed array, and the live ones are kept in a set. */
export class NaiveStorage {
  readonly #live = new Set<Handle>();
  readonly #limit: number;
  readonly #floats: Float32ArrayConstructor | Float64ArrayConstructor;
  #bytes = 0;

  constructor(limit: number, floats: Float32ArrayConstructor | Float64ArrayConstructor = Float32Array) {
    this.#limit = limit;
    this.#floats = floats;
  }

  /**
   * Zeroed memory.
   *
   * @param dtype - The dtype of the elements.
   * @param length - How many there are.
   * @returns A handle to free once.
   * @throws OutOfMemoryError when the allocation is larger than the limit.
   */
  allocate(dtype: DType, length: number): Handle {
    const bytes = length * bytesPerElement(dtype);
    if (bytes > this.#limit) {
      throw new OutOfMemoryError(`An allocation must have at most ${this.#limit} bytes. Received: bytes=${bytes}. Use a smaller table.`);
    }
    const data = dtype === "float32" ? new this.#floats(length) : createTypedArray(dtype, length);
    const buffer: NaiveBuffer = { dtype, data };
    this.#live.add(buffer);
    this.#bytes += data.byteLength;
    return buffer;
  }

  /**
   * The values behind a tensor.
   *
   * @param tensor - A live handle, with the dtype and the size that it was made with.
   * @returns The memory itself, not a copy.
   * @throws DisposedError when the handle was freed or never belonged to this backend.
   * @throws InternalError when dtype or size are not those of the handle.
   */
  dataOf(tensor: TensorRef): StoredValues {
    const { dtype, data } = this.#find(tensor.handle);
    if (dtype !== tensor.dtype || data.length !== sizeOf(tensor.shape)) {
      throw new InternalError(
        `a tensor must be read as what it holds, ${data.length} elements of ${dtype}. Received: shape=[${tensor.shape.join(", ")}], dtype=${tensor.dtype}.`,
      );
    }
    return data;
  }

  /**
   * Gives memory back.
   *
   * @param handle - A live handle.
   * @throws DisposedError when it was freed before or never belonged to this backend.
   */
  free(handle: Handle): void {
    this.#bytes -= this.#find(handle).data.byteLength;
    this.#live.delete(handle);
  }

  /** Gives everything back. */
  clear(): void {
    this.#live.clear();
    this.#bytes = 0;
  }

  /**
   * What is alive.
   *
   * @returns The number of live handles and their bytes.
   */
  memory(): BackendMemory {
    return { buffers: this.#live.size, bytes: this.#bytes };
  }

  #find(handle: Handle): NaiveBuffer {
    if (!this.#live.has(handle)) {
      throw new DisposedError(
        "A handle must be alive and belong to this backend. Received: one that was freed, or that another backend made. Free each handle once, after its last use.",
      );
    }
    return handle as NaiveBuffer;
  }
}
