import { InvalidArgumentError, describeValue } from "../errors.ts";

/**
 * Checks a seed that came from a caller.
 *
 * @param value - What was received.
 * @param name - The argument's name, for the message.
 * @returns The same value, typed.
 * @throws InvalidArgumentError when it is not an integer from 0 to 2^53 - 1.
 */
export function checkSeed(value: unknown, name = "seed"): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError(
    `\`${name}\` must be an integer from 0 to 2^53 - 1. Received: ${name}=${describeValue(value)} (of type ${typeof value}). Pass such an integer, or leave it out for a fresh one.`,
  );
}
