/** What turns came to: times, or quotients of pairs that were measured right after each other. */
export interface Ratio {
  readonly median: number;
  /** The 10th and the 90th percentile. */
  readonly low: number;
  readonly high: number;
  readonly pairs: number;
}

/**
 * A quantile, without interpolation.
 *
 * @param values - At least one.
 * @param part - 0 to 1; 0.5 is the median (the upper one of two).
 */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] as number;
}

/**
 * The median of turns, and how far they are spread.
 *
 * @param turns - At least one number.
 */
export function spread(turns: readonly number[]): Ratio {
  return { median: quantile(turns, 0.5), low: quantile(turns, 0.1), high: quantile(turns, 0.9), pairs: turns.length };
}

/**
 * The quotients of pairs.
 *
 * @param numerators - One a turn.
 * @param denominators - One a turn; turns that only one side has do not count.
 * @returns Undefined where there is no pair.
 */
export function pairRatio(numerators: readonly number[], denominators: readonly number[]): Ratio | undefined {
  const pairs = Math.min(numerators.length, denominators.length);
  if (pairs === 0) return undefined;
  return spread(Array.from({ length: pairs }, (_, i) => (numerators[i] as number) / (denominators[i] as number)));
}
