import { InvalidArgumentError, describeValue } from "../../errors.ts";

/**
 * Checks a number of a schedule.
 *
 * @param name - The option's name.
 * @param value - What was received.
 * @returns The same value, typed.
 * @throws InvalidArgumentError when it is not a finite number.
 */
export function checkNumber(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new InvalidArgumentError(`\`${name}\` must be a finite number. Received: ${name}=${describeValue(value)}.`);
}

/**
 * Checks a number of updates that a schedule divides by.
 *
 * @param name - The option's name.
 * @param value - What was received.
 * @returns The same value, typed.
 * @throws InvalidArgumentError when it is not a positive number.
 */
export function checkSteps(name: string, value: unknown): number {
  if (checkNumber(name, value) > 0) return value as number;
  throw new InvalidArgumentError(`\`${name}\` must be positive. Received: ${name}=${describeValue(value)}.`);
}
