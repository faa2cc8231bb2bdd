import { BackendArray, InvalidArgumentError, NDArray, ShapeMismatchError, describeValue, formatShape, sizeOf } from "@rowan/api";
import type { Backend, RowsOut, Shape, Tensor } from "@rowan/api";

/** Where the rows of a call go. */
export interface Output {
  readonly result: NDArray;
  readonly data: Float32Array;
  /** The same memory as kernels see it, where they do. */
  readonly direct?: Tensor;
}

/**
 * The caller's memory, or fresh memory.
 *
 * @param out - The caller's.
 * @param shape - The result's shape.
 * @param backend - Whose memory kernels can reach.
 * @returns Where rows go.
 * @throws InvalidArgumentError for what is not float32 memory, ShapeMismatchError for another size.
 */
export function outputFor(out: RowsOut | undefined, shape: Shape, backend?: Backend): Output {
  const size = sizeOf(shape);
  if (out === undefined) {
    const data = new Float32Array(size);
    return { result: new NDArray(data, shape), data };
  }
  const data: unknown = out instanceof NDArray ? out.data : out;
  if (!(data instanceof Float32Array)) {
    throw new InvalidArgumentError(`\`out\` must be a Float32Array or a float32 NDArray. Received: out=${describeValue(out)}.`);
  }
  if (data.length !== size) {
    throw new ShapeMismatchError(
      `\`out\` must have ${size} elements, for a result of shape ${formatShape(shape)}. Received: ${data.length} elements.`,
    );
  }
  const direct = backend && out instanceof BackendArray ? out.tensorOn(backend) : undefined;
  return { result: out instanceof NDArray ? out : new NDArray(data, shape), data, ...(direct && { direct }) };
}
