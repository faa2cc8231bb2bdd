import { sizeOf } from "@rowan/api";
import type { ReduceOp, Shape } from "@rowan/api";
import { indicesOf, ravelIn } from "./layout.ts";

/** Host values with their shape. */
export interface Values {
  readonly data: ArrayLike<number>;
  readonly shape: Shape;
}

/**
 * A product of matrices, batched over the leading axes, in float64.
 *
 * @param a - `[..., m, k]`, or `[..., k, m]` when transposed.
 * @param b - `[..., k, n]`, or `[..., n, k]` when transposed.
 * @param transposeA - Whether the last two axes of `a` change places.
 * @param transposeB - Whether the last two axes of `b` change places.
 * @returns `[..., m, n]`.
 */
export function multiply(a: Values, b: Values, transposeA: boolean, transposeB: boolean): number[] {
  const [m = 0, k = 0] = transposeA ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
  const n = b.shape.at(transposeB ? -2 : -1) as number;
  const batch = a.shape.length > b.shape.length ? a.shape.slice(0, -2) : b.shape.slice(0, -2);
  const startA = (index: number): number => (a.shape.length > 2 ? index * m * k : 0);
  const startB = (index: number): number => (b.shape.length > 2 ? index * k * n : 0);
  const out: number[] = [];
  for (const [index = 0, row = 0, column = 0] of indicesOf([sizeOf(batch), m, n])) {
    let sum = 0;
    for (let i = 0; i < k; i++) {
      const x = a.data[startA(index) + (transposeA ? i * m + row : row * k + i)] as number;
      const y = b.data[startB(index) + (transposeB ? column * k + i : i * n + column)] as number;
      sum += x * y;
    }
    out.push(sum);
  }
  return out;
}

/**
 * Folds axes away, in float64.
 *
 * @param op - How the values of a group become one.
 * @param x - The tensor.
 * @param axes - The axes that disappear.
 * @returns One value for each index of the remaining axes.
 */
export function fold(op: ReduceOp, x: Values, axes: readonly number[]): number[] {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const outShape = kept.map((axis) => x.shape[axis] as number);
  const group = ravelIn(outShape);
  const groups = Array.from({ length: sizeOf(outShape) }, (): number[] => []);
  let position = 0;
  for (const index of indicesOf(x.shape)) {
    groups[group(kept.map((axis) => index[axis] as number))]?.push(x.data[position++] as number);
  }
  return groups.map((group) => foldGroup(op, group));
}

function foldGroup(op: ReduceOp, group: readonly number[]): number {
  switch (op) {
    case "sum":
      return group.reduce((sum, value) => sum + value, 0);
    case "max":
      return group.reduce((best, value) => Math.max(best, value), -Infinity);
    case "min":
      return group.reduce((best, value) => Math.min(best, value), Infinity);
    case "argMax":
      return group.reduce((best, value, i) => (value > (group[best] as number) ? i : best), 0);
  }
}
