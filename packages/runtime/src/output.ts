import { InvalidArgumentError, NDArray, ShapeMismatchError, BackendArray, countOf, describeValue, formatShape, sizeOf } from "@rowan/api";
import type { Backend, RowsOut, Shape, Tensor } from "@rowan/api";

/** Where the rows of a call go. */
export interface Output {
  readonly result: NDArray;
  readonly data: Float32Array;
  /** The same memory as kernels see it, where they do. */
  readonly direct?: Tensor;
}

/**
 * Checks that the features of a call write to different places.
 *
 * @param outs - The caller's memory by feature. What is no memory at all is `outputFor`'s to refuse.
 * @throws InvalidArgumentError naming two features whose memory overlaps.
 */
export function checkApart(outs: Readonly<Record<string, RowsOut>>): void {
  const ranges = Object.entries(outs).flatMap(([name, out]) => {
    const data: unknown = out instanceof NDArray ? out.data : out;
    return ArrayBuffer.isView(data) && data.byteLength > 0
      ? [{ name, buffer: data.buffer, from: data.byteOffset, to: data.byteOffset + data.byteLength }]
      : [];
  });
  for (const [index, one] of ranges.entries()) {
    const other = ranges.slice(0, index).find(({ buffer, from, to }) => buffer === one.buffer && from < one.to && one.from < to);
    if (!other) continue;
    throw new InvalidArgumentError(
      `\`out\` of each feature must be memory of its own. Received: \`out\` of ${JSON.stringify(other.name)} and of ${JSON.stringify(one.name)}, which overlap by ${Math.min(one.to, other.to) - Math.max(one.from, other.from)} bytes. Take one pool.allocate(count, { table }) for each.`,
    );
  }
}

/**
 * The caller's memory, or fresh memory.
 *
 * @param out - The caller's.
 * @param shape - The result's shape.
 * @param backend - Whose memory kernels can reach.
 * @returns Where rows go.
 * @throws InvalidArgumentError for what is not float32 memory, ShapeMismatchError for another size, DisposedError for memory that was given
 *   back.
 */
export function outputFor(out: RowsOut | undefined, shape: Shape, backend?: Backend): Output {
  const size = sizeOf(shape);
  if (out === undefined) {
    const data = new Float32Array(size);
    return { result: new NDArray(data, shape), data };
  }
  if (out instanceof BackendArray) out.checkUsable();
  const data: unknown = out instanceof NDArray ? out.data : out;
  if (!(data instanceof Float32Array)) {
    throw new InvalidArgumentError(`\`out\` must be a Float32Array or a float32 NDArray. Received: out=${describeValue(out)}.`);
  }
  if (data.length !== size) {
    throw new ShapeMismatchError(
      `\`out\` must have ${countOf(size, "element")}, for a result of shape ${formatShape(shape)}. Received: ${countOf(data.length, "element")}.`,
    );
  }
  const direct = backend && out instanceof BackendArray ? out.tensorOn(backend) : undefined;
  return { result: out instanceof NDArray ? out : new NDArray(data, shape), data, ...(direct && { direct }) };
}
