import { sizeOf, stridesOf } from "@rowan/api";
import type { Shape } from "@rowan/api";

/**
 * The indices along every axis of a flat position.
 *
 * @param position - The position of an element in row-major order.
 * @param shape - The tensor's shape.
 * @returns One index an axis.
 */
export function unravel(position: number, shape: Shape): number[] {
  const strides = stridesOf(shape);
  return shape.map((extent, axis) => Math.floor(position / (strides[axis] as number)) % extent);
}

/**
 * The flat position of an element. An axis of extent 1 is broadcast, and missing leading axes are, too.
 *
 * @param index - One index an axis of the result.
 * @param shape - The shape of the tensor to read from.
 * @returns The position in row-major order.
 */
export function ravel(index: readonly number[], shape: Shape): number {
  const own = index.slice(index.length - shape.length);
  return stridesOf(shape).reduce((sum, stride, axis) => sum + stride * (shape[axis] === 1 ? 0 : (own[axis] as number)), 0);
}

/**
 * Every index of a shape, in row-major order.
 *
 * @param shape - The shape to walk.
 * @returns One list of indices for each element.
 */
export function* indicesOf(shape: Shape): Generator<number[]> {
  const size = sizeOf(shape);
  for (let position = 0; position < size; position++) yield unravel(position, shape);
}
