import { sizeOf, stridesOf } from "@rowan/api";
import type { Shape } from "@rowan/api";

/**
 * Every index of a shape, in row-major order.
 *
 * @param shape - The shape to walk.
 * @returns One index an axis, for each element; the list is the same one each time, so copy what shall stay.
 */
export function* indicesOf(shape: Shape): Generator<readonly number[]> {
  const index = shape.map(() => 0);
  const size = sizeOf(shape);
  for (let position = 0; position < size; position++) {
    yield index;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = ((index[axis] as number) + 1) % (shape[axis] as number);
      if (index[axis] !== 0) break;
    }
  }
}

/**
 * Where an element lies. An axis of extent 1 is broadcast, and missing leading axes are, too.
 *
 * @param shape - The shape of the tensor to read from.
 * @returns A function from one index an axis to the position in row-major order.
 */
export function ravelIn(shape: Shape): (index: readonly number[]) => number {
  const strides = stridesOf(shape).map((stride, axis) => (shape[axis] === 1 ? 0 : stride));
  return (index) => {
    const missing = index.length - shape.length;
    return strides.reduce((position, stride, axis) => position + stride * (index[axis + missing] as number), 0);
  };
}
