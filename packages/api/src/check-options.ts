import { snakeToCamel } from "./config-names.ts";
import { InvalidArgumentError, describeValue } from "./errors.ts";

/**
 * Checks what a constructor got as its options, for programs without types.
 *
 * @param what - Who takes them, as a sentence begins: `"A layer"`.
 * @param options - What was received.
 * @param example - How they are written, e.g. `"{ units: 8 }, not 8"`.
 * @throws InvalidArgumentError when they are no object, or spelled in Keras' snake_case.
 */
export function checkOptions(what: string, options: unknown, example: string): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new InvalidArgumentError(`${what} takes its options as one object. Received: ${describeValue(options)}. Write ${example}.`);
  }
  const snake = Object.keys(options).find((name) => /[a-z0-9]_[a-z0-9]/.test(name));
  if (snake === undefined) return;
  throw new InvalidArgumentError(
    `${what} takes its options in camelCase. Received: ${snake}=${describeValue((options as Record<string, unknown>)[snake])}. Write ${snakeToCamel(snake)}.`,
  );
}
