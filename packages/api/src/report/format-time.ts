import { formatFixed } from "./format-number.ts";

/** Python's `a // b` of floats. */
function floorDivide(a: number, b: number): number {
  return Math.round((a - (a % b)) / b);
}

/** Python's `%02d` of a float. */
function twoDigits(value: number): string {
  return String(Math.trunc(value)).padStart(2, "0");
}

/**
 * The time that is left, as Keras prints it.
 *
 * @param seconds - The estimate.
 * @returns `1:02:03`, `2:03` or `3s`.
 */
export function formatEta(seconds: number): string {
  if (seconds > 3600) return `${floorDivide(seconds, 3600)}:${twoDigits(floorDivide(seconds % 3600, 60))}:${twoDigits(seconds % 60)}`;
  if (seconds > 60) return `${floorDivide(seconds, 60)}:${twoDigits(seconds % 60)}`;
  return `${Math.trunc(seconds)}s`;
}

/**
 * A time for each unit, as Keras prints it.
 *
 * @param seconds - The time, in seconds.
 * @param unit - What it is for.
 * @returns ` 2s/step`, ` 26ms/step` or ` 7us/step`, with a blank in front.
 */
export function formatPerUnit(seconds: number, unit: string): string {
  if (seconds >= 1 || seconds === 0) return ` ${formatFixed(seconds, 0)}s/${unit}`;
  if (seconds >= 1e-3) return ` ${formatFixed(seconds * 1000, 0)}ms/${unit}`;
  return ` ${formatFixed(seconds * 1e6, 0)}us/${unit}`;
}

/**
 * How many steps are done, as Keras prints it before a bar.
 *
 * @param current - Steps done.
 * @param target - Steps in all.
 * @returns ` 3/10`: the first number is as wide as the second.
 */
export function formatCount(current: number, target: number): string {
  const total = String(target);
  return `${String(current).padStart(total.length)}/${total}`;
}
