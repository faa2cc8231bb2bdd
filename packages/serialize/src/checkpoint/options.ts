import { InvalidArgumentError, describeValue } from "@rowan/api";

/**
 * Checks that options are an object whose keys exist.
 *
 * @param where - Which function, for the message.
 * @param options - What was received.
 * @param example - How they are written.
 * @param names - The options that there are.
 * @throws InvalidArgumentError for anything else.
 */
export function checkOptions(where: string, options: unknown, example: string, names: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new InvalidArgumentError(`${where} takes its options as an object. Received: ${describeValue(options)}. Write ${example}.`);
  }
  const unknown = Object.keys(options).filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  throw new InvalidArgumentError(`${where} has the options ${names.join(", ")}. Received: ${unknown.join(", ")}. Write ${example}.`);
}
