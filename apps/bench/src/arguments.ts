import { InvalidArgumentError } from "commander";

/**
 * An integer of 1 and more.
 *
 * @param text - As it was written.
 */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 2 ** 31 - 1) throw new InvalidArgumentError("It must be an integer from 1 on.");
  return count;
}

/**
 * A number of threads: a pool has 256 at most.
 *
 * @param text - As it was written.
 */
export function parseThreads(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 256) throw new InvalidArgumentError("It must be an integer from 1 to 256.");
  return count;
}

/**
 * An integer of 0 and more.
 *
 * @param text - As it was written.
 */
export function parseId(text: string): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(id)) throw new InvalidArgumentError("It must be an integer from 0 on.");
  return id;
}

/**
 * A number of 0 and more.
 *
 * @param text - As it was written.
 */
export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0) || !Number.isFinite(value)) throw new InvalidArgumentError("It must be a number from 0 on.");
  return value;
}
