import { countOf } from "../count-of.ts";
import type { Backend } from "../backend/backend.ts";
import { allocateRows, allocateUnset } from "../backend/defaults.ts";
import { DisposedError, InvalidArgumentError, ShapeMismatchError, describeValue } from "../errors.ts";
import { NDArray } from "../tensor/ndarray.ts";
import { Arena, keep } from "../tensor/scope.ts";
import { formatShape, sizeOf } from "../tensor/shape.ts";
import type { Shape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { RowsOut } from "./row-source.ts";

/** Rows are gathered in pieces of this size when they go to ordinary memory: a piece is still in the cache when it is copied on. */
const pieceBytes = 1 << 17;

/**
 * Memory that lookups write to without a second copy, where the backend's memory can be seen from the host; ordinary memory
 * elsewhere. Free it with `dispose()`; forgotten ones are freed with the garbage.
 */
export class BackendArray extends NDArray {
  readonly #tensor: Tensor | undefined;
  #isDisposed = false;

  private constructor(view: Float32Array, shape: Shape, tensor: Tensor | undefined) {
    super(view, shape, "float32");
    this.#tensor = tensor;
  }

  /**
   * Asks a backend for memory that the host can see.
   *
   * @param backend - Where the rows will be computed.
   * @param shape - The extents, float32.
   * @returns Such memory, or ordinary memory where the backend's cannot be seen.
   */
  static allocate(backend: Backend, shape: Shape): BackendArray {
    if (!shape.every((extent) => Number.isInteger(extent) && extent >= 0)) {
      throw new InvalidArgumentError(
        `\`allocate\` takes a number of rows, or the shape of the ids. Received: ${formatShape(shape.slice(0, -1))}.`,
      );
    }
    const tensor = keep(Tensor.own(backend, allocateRows(backend, "float32", shape), shape, "float32"));
    const view = backend.hostView?.(tensor);
    if (!(view instanceof Float32Array)) {
      tensor.dispose();
      return new BackendArray(new Float32Array(sizeOf(shape)), shape, undefined);
    }
    const array = new BackendArray(view, shape, tensor);
    forgotten.register(array, tensor, array);
    return array;
  }

  /** The tensor of this memory, if it is one of the given backend's. */
  tensorOn(backend: Backend): Tensor | undefined {
    return this.#tensor && !this.#tensor.disposed && this.#tensor.backend === backend ? this.#tensor : undefined;
  }

  /** Throws DisposedError where the memory was given back: what is written there now is another's. */
  checkUsable(): void {
    if (!this.#isDisposed) return;
    throw new DisposedError(
      `\`out\` must be memory that was not given back. Received: the array of shape ${formatShape(this.shape)}, after its dispose(). Call allocate() again.`,
    );
  }

  /** Gives the memory back to the backend; the values must not be used any more. */
  dispose(): void {
    this.#isDisposed = true;
    forgotten.unregister(this);
    this.#tensor?.dispose();
  }
}

const forgotten = new FinalizationRegistry<Tensor>((tensor) => {
  try {
    tensor.dispose();
  } catch {
    // The backend was disposed before the garbage was collected: its memory is gone with it.
  }
});

/** Computes rows `from .. to` of a result, into `into` where given, and returns the handle that holds them. */
export type RowProducer = (from: number, to: number, into: Tensor | undefined) => Tensor;

/**
 * Brings rows that a backend produces into the caller's memory, or into fresh memory.
 *
 * @param backend - Where the rows are produced.
 * @param shape - The result's shape; its last axis is the row.
 * @param rows - How many rows there are.
 * @param out - The caller's memory.
 * @param produce - Computes a range of rows; what it allocates belongs to the running arena.
 * @returns The result, which wraps `out` where that was given: at once, unless the backend's memory cannot be seen from the host.
 */
export function deliverRows(
  backend: Backend,
  shape: Shape,
  rows: number,
  out: RowsOut | undefined,
  produce: RowProducer,
): NDArray | Promise<NDArray> {
  const size = sizeOf(shape);
  if (out !== undefined) checkOut(out, size, shape);
  const arena = new Arena();
  let reading: Promise<NDArray> | undefined;
  try {
    const direct = out instanceof BackendArray ? out.tensorOn(backend) : undefined;
    if (direct) {
      if (rows > 0) arena.run(() => produce(0, rows, direct.view([rows, size / rows])));
      return out as BackendArray;
    }
    const data = out === undefined ? new Float32Array(size) : out instanceof NDArray ? (out.data as Float32Array) : out;
    const result = out instanceof NDArray ? out : new NDArray(data, shape);
    if (rows === 0 || size === 0) return result;
    const width = size / rows;
    const step = Math.max(1, Math.floor(pieceBytes / 4 / width));
    const scratch = arena.run(() =>
      Tensor.own(backend, allocateUnset(backend, "float32", Math.min(step, rows) * width), [Math.min(step, rows), width], "float32"),
    );
    const view = backend.hostView?.(scratch);
    if (!view) {
      const all = arena.run(() => produce(0, rows, undefined));
      reading = backend.read(all, 0, size).then((values) => {
        data.set(values);
        return result;
      });
      return reading.finally(() => arena.release());
    }
    for (let from = 0; from < rows; from += step) {
      const to = Math.min(from + step, rows);
      arena.run(() => produce(from, to, scratch));
      data.set(to - from === step ? view : view.subarray(0, (to - from) * width), from * width);
    }
    return result;
  } finally {
    if (!reading) arena.release();
  }
}

function checkOut(out: RowsOut, size: number, shape: Shape): void {
  if (out instanceof BackendArray) out.checkUsable();
  const data = out instanceof NDArray ? out.data : out;
  if (!(data instanceof Float32Array)) {
    throw new InvalidArgumentError(`\`out\` must be a Float32Array or a float32 NDArray. Received: out=${describeValue(out)}.`);
  }
  if (data.length !== size) {
    throw new ShapeMismatchError(
      `\`out\` must have ${countOf(size, "element")}, for a result of shape ${formatShape(shape)}. Received: ${countOf(data.length, "element")}.`,
    );
  }
}
