import type { ReduceOp, Shape } from "@rowan/api";
import { indicesOf, ravel } from "./layout.ts";

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
  const out: number[] = [];
  for (const index of indicesOf([...batch, m, n])) {
    const outer = index.slice(0, -2);
    const [row = 0, column = 0] = index.slice(-2);
    let sum = 0;
    for (let i = 0; i < k; i++) {
      const x = a.data[ravel([...outer, ...(transposeA ? [i, row] : [row, i])], a.shape)] as number;
      const y = b.data[ravel([...outer, ...(transposeB ? [column, i] : [i, column])], b.shape)] as number;
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
  const groups: number[][] = [];
  const outShape = kept.map((axis) => x.shape[axis] as number);
  for (const index of indicesOf(outShape)) groups[ravel(index, outShape)] = [];
  let position = 0;
  for (const index of indicesOf(x.shape)) {
    groups[ravel(kept.map((axis) => index[axis] as number), outShape)]?.push(x.data[position++] as number);
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
