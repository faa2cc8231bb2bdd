import type { ReduceOp, TypedArray } from "@rowan/api";

/** How a group of values becomes one: where it starts, and what each value does. */
const folds: Readonly<Record<Exclude<ReduceOp, "argMax">, readonly [start: number, f: (folded: number, x: number) => number]>> = {
  sum: [0, (sum, x) => sum + x],
  max: [-Infinity, Math.max],
  min: [Infinity, Math.min],
};

/**
 * Folds neighbours. NaN is carried on; sums of int32 wrap around.
 *
 * @param op - How values become one.
 * @param x - Groups, one behind the other.
 * @param out - One value for each group.
 */
export function foldGroups(op: Exclude<ReduceOp, "argMax">, x: TypedArray, out: TypedArray): void {
  const [start, f] = folds[op];
  const extent = out.length === 0 ? 0 : x.length / out.length;
  const emptyInteger = out instanceof Int32Array && op !== "sum" ? (op === "max" ? -2147483648 : 2147483647) : start;
  for (let i = 0, at = 0; i < out.length; i++) {
    let folded = extent === 0 ? emptyInteger : start;
    for (const end = at + extent; at < end; at++) folded = f(folded, x[at] as number);
    out[i] = folded;
  }
}
