import type { BagMode } from "@rowan/api";

/**
 * One row out of the rows of a bag, in float64.
 *
 * @param rows - The bag's rows, each of `dim` values.
 * @param weights - One factor for each row.
 * @param mode - How they become one.
 * @param dim - The length of a row.
 * @returns The row; zeros for an empty bag and for a divisor of 0.
 */
export function reduceBag(rows: readonly ArrayLike<number>[], weights: readonly number[], mode: BagMode, dim: number): number[] {
  const divisor = divisorOf(weights, mode);
  return Array.from({ length: dim }, (_, column) => {
    if (rows.length === 0 || divisor === 0) return 0;
    const values = rows.map((row) => row[column] as number);
    if (mode === "max") return Math.max(...values);
    return values.reduce((sum, value, i) => sum + value * (weights[i] as number), 0) / divisor;
  });
}

function divisorOf(weights: readonly number[], mode: BagMode): number {
  if (mode === "mean") return weights.reduce((sum, weight) => sum + weight, 0);
  if (mode === "sqrtn") return Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0));
  return 1;
}
