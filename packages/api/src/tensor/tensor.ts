import type { Backend, Handle, TensorRef } from "../backend/backend.ts";
import { allocateFilled } from "../backend/defaults/allocate-filled.ts";
import { defaultBackend } from "../backend/registry.ts";
import { checkOptions } from "../check-options.ts";
import { DisposedError, InvalidArgumentError, UnsupportedOpError, describeValue } from "../errors.ts";
import type { DType, TypedArray } from "./dtype.ts";
import { NDArray } from "./ndarray.ts";
import type { NestedArray } from "./ndarray.ts";
import { currentArena } from "./scope.ts";
import type { Disposable } from "./scope.ts";
import { formatShape, sizeOf } from "./shape.ts";
import type { Shape } from "./shape.ts";

/** A backend's memory, shared by the tensors that show it under different shapes. */
class Storage {
  readonly backend: Backend;
  readonly handle: Handle;
  #references = 1;

  constructor(backend: Backend, handle: Handle) {
    this.backend = backend;
    this.handle = handle;
  }

  retain(): this {
    this.#references++;
    return this;
  }

  release(): void {
    if (--this.#references === 0) this.backend.free(this.handle);
  }
}

/** A handle on values that live on a backend. Ops take and return tensors; `read` brings the values to the host. */
export class Tensor implements TensorRef, Disposable {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly backend: Backend;
  /** The host values that this tensor was made from, where there are such: ids are checked on them without a read. */
  readonly host: NDArray | undefined;
  #storage: Storage | undefined;

  private constructor(storage: Storage, shape: Shape, dtype: DType, host?: NDArray) {
    this.#storage = storage;
    this.backend = storage.backend;
    this.shape = shape;
    this.dtype = dtype;
    this.host = host;
    currentArena()?.adopt(this);
  }

  /**
   * Takes ownership of a handle that a backend returned.
   *
   * @param backend - The backend that made it.
   * @param handle - The new handle.
   * @param shape - Its extents.
   * @param dtype - Its dtype.
   * @returns The tensor, owned by the current scope if there is one.
   */
  static own(backend: Backend, handle: Handle, shape: Shape, dtype: DType): Tensor {
    return new Tensor(new Storage(backend, handle), shape, dtype);
  }

  /**
   * Copies host values to a backend.
   *
   * @param values - What to copy.
   * @param backend - Where to.
   * @returns The tensor; `host` is the array that was passed.
   */
  static fromHost(values: NDArray, backend: Backend): Tensor {
    const { handle } = allocateFilled(backend, values.dtype, values.shape, (target) => backend.write(target, values.data, 0));
    return new Tensor(new Storage(backend, handle), values.shape, values.dtype, values);
  }

  /** The backend's handle. Throws DisposedError after `dispose`. */
  get handle(): Handle {
    return this.#alive().handle;
  }

  /** The number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** The number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Whether `dispose` was called. */
  get disposed(): boolean {
    return this.#storage === undefined;
  }

  /**
   * The same memory under another shape or a dtype of the same layout; copies nothing.
   *
   * @param shape - As many elements.
   * @returns A tensor that shares this one's memory; each is disposed on its own.
   */
  view(shape: Shape): Tensor {
    return new Tensor(this.#alive().retain(), shape, this.dtype, this.host && new NDArray(this.host.data, shape, this.dtype));
  }

  /**
   * The values, on the host.
   *
   * @returns A copy.
   * @throws DisposedError after `dispose`.
   */
  async read(): Promise<NDArray> {
    const ref = this.#alive();
    if (this.size === 0) return NDArray.zeros(this.shape, this.dtype);
    return new NDArray(await ref.backend.read(this, 0, this.size), this.shape, this.dtype);
  }

  /**
   * The values, on the host, without leaving the current turn.
   *
   * @returns A copy.
   * @throws UnsupportedOpError where the backend cannot (capability `syncRead`); use `read` there.
   */
  readSync(): NDArray {
    if (this.size === 0) return NDArray.zeros(this.shape, this.dtype);
    return new NDArray(readSync(this, 0, this.size), this.shape, this.dtype);
  }

  /** Gives the memory back. A second call does nothing. */
  dispose(): void {
    const storage = this.#storage;
    this.#storage = undefined;
    storage?.release();
  }

  #alive(): Storage {
    if (this.#storage) return this.#storage;
    throw new DisposedError(
      `This tensor of shape ${formatShape(this.shape)} was disposed. A tensor made in a scope() lives until its end: return it or keep() it.`,
    );
  }
}

/**
 * Makes a tensor from host values.
 *
 * @param values - Nested arrays, a typed array, or an NDArray.
 * @param options - `dtype`: what the elements become; `backend`: where they go, the default backend when left out.
 * @returns The tensor, owned by the current scope if there is one.
 */
export function tensor(values: NestedArray | NDArray, options: { dtype?: DType; backend?: Backend } = {}): Tensor {
  if (Array.isArray(options)) {
    throw new InvalidArgumentError(
      `\`tensor\` takes the shape from its values. Received: the array ${describeValue(options)} as options. Pass nested arrays, or reshape: tensor(NDArray.from(values).reshape(${describeValue(options)})).`,
    );
  }
  checkOptions("tensor", options, '{ dtype: "int32" }', ["dtype", "backend"] satisfies (keyof typeof options)[]);
  const array =
    values instanceof NDArray && (options.dtype ?? values.dtype) === values.dtype ? values : NDArray.from(values, options.dtype);
  return Tensor.fromHost(array, options.backend ?? defaultBackend());
}

/**
 * Reads part of a tensor at once.
 *
 * @param source - Lives on a backend with the capability `syncRead`.
 * @param offset - The first element.
 * @param length - How many.
 * @returns A copy on the host.
 * @throws UnsupportedOpError where the backend cannot.
 */
export function readSync(source: Tensor, offset: number, length: number): TypedArray {
  const { backend } = source;
  if (!backend.readSync) {
    throw new UnsupportedOpError(
      `The backend "${backend.name}" cannot read synchronously (capability syncRead). Use the asynchronous read() outside of the step.`,
    );
  }
  return backend.readSync(source, offset, length);
}

/**
 * Numbers of the host beside tensors of a backend: offsets, positions, factors.
 *
 * @param backend - Where to.
 * @param data - The numbers.
 * @returns A tensor `[data.length]`.
 */
export function hostVector(backend: Backend, data: Int32Array | Float32Array): Tensor {
  return Tensor.fromHost(new NDArray(data, [data.length]), backend);
}
