/** How far a value may lie from the reference: `absolute + relative * |reference|`. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

/**
 * Whether two values agree.
 *
 * @param actual - The value to judge.
 * @param expected - The reference.
 * @param tolerance - How far they may be apart.
 * @returns True for equal values, for two NaN, and for finite values within the tolerance.
 */
export function isClose(actual: number, expected: number, { relative, absolute }: Tolerance): boolean {
  if (actual === expected || (Number.isNaN(actual) && Number.isNaN(expected))) return true;
  if (!Number.isFinite(actual) || !Number.isFinite(expected)) return false;
  return Math.abs(actual - expected) <= absolute + relative * Math.abs(expected);
}
