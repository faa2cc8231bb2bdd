import { InvalidArgumentError, describeValue } from "../errors.ts";
import type { ClipOptions } from "./clip.ts";

/**
 * Checks a learning rate.
 *
 * @param rate - What was received.
 * @throws InvalidArgumentError when it is neither a finite non-negative number nor a schedule.
 */
export function checkRate(rate: unknown): void {
  if (typeof rate === "number" && rate >= 0 && Number.isFinite(rate)) return;
  if (typeof rate === "object" && rate !== null && "call" in rate) return;
  throw new InvalidArgumentError(
    `\`learningRate\` must be a non-negative number or a schedule with call(step). Received: learningRate=${describeValue(rate)}.`,
  );
}

/**
 * Checks the limits on gradients.
 *
 * @param options - At most one of them is set.
 * @throws InvalidArgumentError when two are set, or one is not a positive number.
 */
export function checkClips(options: ClipOptions): void {
  const given = (["clipnorm", "clipvalue", "globalClipnorm"] as const).filter((name) => options[name] != null);
  if (given.length > 1) {
    throw new InvalidArgumentError(
      `Only one of \`clipnorm\`, \`clipvalue\` and \`globalClipnorm\` can be set. Received: ${given.map((name) => `${name}=${options[name]}`).join(", ")}.`,
    );
  }
  for (const name of given) {
    const value = options[name];
    if (typeof value !== "number" || !(value > 0))
      throw new InvalidArgumentError(`\`${name}\` must be a positive number. Received: ${name}=${describeValue(value)}.`);
  }
}

/**
 * Checks a coefficient of a rule.
 *
 * @param name - The option's name.
 * @param value - What was received.
 * @param below - The number that it must stay under (or be, for 1).
 * @returns The same value, typed.
 * @throws InvalidArgumentError when it lies outside of `[0, below]`.
 */
export function checkFraction(name: string, value: unknown, below = 1): number {
  if (typeof value === "number" && value >= 0 && value <= below) return value;
  const range = below === Infinity ? "a non-negative number" : `a number from 0 to ${below}`;
  throw new InvalidArgumentError(`\`${name}\` must be ${range}. Received: ${name}=${describeValue(value)}.`);
}

/**
 * Checks a decay of moments: at 1 they would never change.
 *
 * @param name - The option's name.
 * @param value - What was received.
 * @returns The same value, typed.
 * @throws InvalidArgumentError when it lies outside of `[0, 1)`.
 */
export function checkDecay(name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value < 1) return value;
  throw new InvalidArgumentError(`\`${name}\` must be a number from 0 to below 1. Received: ${name}=${describeValue(value)}.`);
}
