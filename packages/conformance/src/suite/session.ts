import { allocateRows, createTypedArray, sizeOf } from "@rowan/api";
import type { Backend, DType, Handle, Shape, TensorRef, TypedArray } from "@rowan/api";
import { createRandom } from "./random.ts";
import type { Random } from "./random.ts";

/** A tensor as api's own are: the handle is a getter, so that a copy made with `{ ...tensor }` has none. */
class SessionTensor implements TensorRef {
  readonly #handle: Handle;
  readonly shape: Shape;
  readonly dtype: DType;

  constructor(handle: Handle, shape: Shape, dtype: DType) {
    this.#handle = handle;
    this.shape = shape;
    this.dtype = dtype;
  }

  get handle(): Handle {
    return this.#handle;
  }
}

/** One run of a test program on one backend: makes tensors, and frees them all at the end. */
export class Session {
  readonly backend: Backend;
  /** Starts alike on every backend, so that a program sees the same numbers each time it runs. */
  readonly random: Random;
  readonly #tensors: TensorRef[] = [];

  constructor(backend: Backend, seed: string) {
    this.backend = backend;
    this.random = createRandom(seed);
  }

  /** A tensor of given values. */
  tensor(values: ArrayLike<number>, shape: Shape, dtype: DType = "float32"): TensorRef {
    const tensor = this.zeros(shape, dtype);
    const data = createTypedArray(dtype, sizeOf(shape));
    data.set(values);
    this.backend.write(tensor, data, 0);
    return tensor;
  }

  /** A tensor of random values from -1 to 1. */
  floats(shape: Shape): TensorRef {
    return this.tensor(this.random.floats(sizeOf(shape)), shape);
  }

  /** Random values that a dtype holds: its whole range for the small ones. */
  values(shape: Shape, dtype: DType): TensorRef {
    const [low, high] = { float32: [-1, 1], int32: [-1_000_000, 1_000_000], uint8: [0, 255], int8: [-128, 127], bool: [0, 1] }[dtype] as [
      number,
      number,
    ];
    const length = sizeOf(shape);
    return this.tensor(dtype === "float32" ? this.random.floats(length) : this.random.integers(length, low, high), shape, dtype);
  }

  /** Ids as a vector, or of a given shape. */
  ids(values: ArrayLike<number>, shape: Shape = [values.length]): TensorRef {
    return this.tensor(values, shape, "int32");
  }

  /** A fresh tensor, as `allocate` gives it. */
  zeros(shape: Shape, dtype: DType = "float32"): TensorRef {
    return this.keep(allocateRows(this.backend, dtype, shape), shape, dtype);
  }

  /** Takes care of a handle that an operation returned. */
  keep(handle: Handle, shape: Shape, dtype: DType = "float32"): TensorRef {
    const tensor = new SessionTensor(handle, shape, dtype);
    this.#tensors.push(tensor);
    return tensor;
  }

  /** All values of a tensor, on the host. */
  read(tensor: TensorRef): Promise<TypedArray> {
    return this.backend.read(tensor, 0, sizeOf(tensor.shape));
  }

  /** Frees every tensor of this session. */
  end(): void {
    for (const { handle } of this.#tensors.splice(0)) this.backend.free(handle);
  }
}
