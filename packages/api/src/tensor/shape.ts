import { InvalidArgumentError, ShapeMismatchError, describeValue } from "../errors.ts";

/** The extents of a tensor, outermost first. A scalar has the shape `[]`. */
export type Shape = readonly number[];

/** A shape with extents that are only known when data comes: `null` is Keras' `None`. */
export type PartialShape = readonly (number | null)[];

/**
 * How many elements a shape holds.
 *
 * @param shape - Any shape.
 * @returns The product of its extents; 1 for a scalar.
 */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/**
 * Whether two shapes are the same.
 *
 * @param a - One shape.
 * @param b - The other.
 * @returns True when rank and extents agree.
 */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/**
 * A shape as Python prints it: `(None, 2, 4)`, `(3,)`, `()`.
 *
 * @param shape - Known or partly known.
 * @returns The text.
 */
export function formatShape(shape: PartialShape): string {
  const extents = shape.map((extent) => (extent === null ? "None" : String(extent)));
  return extents.length === 1 ? `(${extents[0]},)` : `(${extents.join(", ")})`;
}

/**
 * The shape of `a op b` by NumPy's broadcasting rules.
 *
 * @param a - One shape.
 * @param b - The other.
 * @returns The common shape.
 * @throws ShapeMismatchError when an axis has two extents and neither is 1.
 */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = new Array<number>(rank);
  for (let axis = 1; axis <= rank; axis++) {
    const x = a[a.length - axis] ?? 1;
    const y = b[b.length - axis] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeMismatchError(`Shapes must be equal or broadcast together. Received: ${formatShape(a)} and ${formatShape(b)}.`);
    }
    shape[rank - axis] = x === 1 ? y : x;
  }
  return shape;
}

/**
 * Turns `-1` (the last axis) and its like into `0 .. rank-1`.
 *
 * @param axis - An axis, negative ones counted from the end.
 * @param rank - The rank of the tensor.
 * @returns The axis from the front.
 * @throws InvalidArgumentError when the axis lies outside.
 */
export function normalizeAxis(axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new InvalidArgumentError(
      `\`axis\` must be an integer from ${-rank} to ${rank - 1} for a tensor of rank ${rank}. Received: axis=${axis}.`,
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/**
 * Several axes at once, sorted, each once.
 *
 * @param axes - One axis, several, or undefined for all of them.
 * @param rank - The rank of the tensor.
 * @returns Sorted axes from the front.
 * @throws InvalidArgumentError when an axis lies outside.
 */
export function normalizeAxes(axes: number | readonly number[] | undefined, rank: number): readonly number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = typeof axes === "number" ? [axes] : axes;
  return [...new Set(list.map((axis) => normalizeAxis(axis, rank)))].sort((a, b) => a - b);
}

/**
 * Checks a dimension such as `inputDim` or `units`, with Keras' wording.
 *
 * @param name - The argument's name.
 * @param value - What was received.
 * @returns The same value, typed.
 * @throws InvalidArgumentError when it is not a positive integer.
 */
export function checkPositiveInteger(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError(
    `\`${name}\` must be a positive integer. Received: ${name}=${describeValue(value)} (of type ${typeof value}).`,
  );
}

/**
 * Row-major strides, in elements.
 *
 * @param shape - Any shape.
 * @returns One stride an axis.
 */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  return strides;
}
