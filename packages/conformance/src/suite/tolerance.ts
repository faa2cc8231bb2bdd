import { expect } from "vitest";
import { isClose } from "./is-close.ts";
import type { Tolerance } from "./is-close.ts";

export { isClose };
export type { Tolerance };

/** The same values, NaN for NaN; the sign of zero does not count. For whatever only moves or compares values. */
export const exact: Tolerance = { relative: 0, absolute: 0 };

/** IEEE rounds + - * / once, and the reference's float64 result rounded to float32 is the same number. Hardware may flush denormal numbers to zero. */
export const correctlyRounded: Tolerance = { relative: 0, absolute: 1.18e-38 };

/**
 * Compares values with the reference.
 *
 * @param actual - What the backend under test computed.
 * @param expected - What the reference computed.
 * @param tolerance - How far they may be apart.
 * @param label - Names the values in a failure.
 */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: Tolerance, label: string): void {
  expect(actual.length, `${label}: number of elements`).toBe(expected.length);
  const wrong: string[] = [];
  for (let i = 0; i < expected.length; i++) {
    const [is, should] = [actual[i] as number, expected[i] as number];
    if (!isClose(is, should, tolerance)) wrong.push(`[${i}] is ${is}, not ${should}`);
  }
  if (wrong.length === 0) return;
  const { relative, absolute } = tolerance;
  expect.fail(
    `${label}: ${wrong.length} of ${expected.length} elements are off by more than ${absolute} + ${relative} * |expected|: ${wrong.slice(0, 5).join("; ")}`,
  );
}
