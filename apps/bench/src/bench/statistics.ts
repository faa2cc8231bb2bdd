/** What was measured in several turns, a time or a ratio of two: its median, and how far the turns are spread around it. */
export interface Spread {
  readonly median: number;
  /** The 10th and the 90th percentile. */
  readonly low: number;
  readonly high: number;
  /** How many there were. */
  readonly turns: number;
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
 * The spread of turns.
 *
 * @param turns - At least one number.
 */
export function spreadOf(turns: readonly number[]): Spread {
  return { median: quantile(turns, 0.5), low: quantile(turns, 0.1), high: quantile(turns, 0.9), turns: turns.length };
}

/**
 * The quotients of pairs, whose two sides were measured right after each other.
 *
 * @param numerators - One a turn.
 * @param denominators - One a turn; turns that only one side has do not count.
 * @returns Undefined where there is no pair.
 */
export function pairRatio(numerators: readonly number[], denominators: readonly number[]): Spread | undefined {
  const pairs = Math.min(numerators.length, denominators.length);
  if (pairs === 0) return undefined;
  return spreadOf(Array.from({ length: pairs }, (_, i) => (numerators[i] as number) / (denominators[i] as number)));
}
