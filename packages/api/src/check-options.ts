import { snakeToCamel } from "./config-names.ts";
import { InvalidArgumentError, describeValue } from "./errors.ts";
import { nearestName } from "./names.ts";

/**
 * Checks what a constructor or method got as its options, for programs without types.
 *
 * @param what - Who takes them, as a sentence begins: `"A layer"`.
 * @param options - What was received.
 * @param example - How they are written, e.g. `"{ units: 8 }, not 8"`.
 * @param known - The names of the options; any name passes where it is left out, for classes that others extend.
 * @throws InvalidArgumentError when they are no object, spelled in Keras' snake_case, or not among the known ones.
 */
export function checkOptions(what: string, options: unknown, example: string, known?: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new InvalidArgumentError(`${what} takes its options as one object. Received: ${describeValue(options)}. Write ${example}.`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (known?.includes(name) === true) continue;
    const received = `Received: ${name}=${describeValue(value)}.`;
    if (/[a-z0-9]_[a-z0-9]/.test(name)) {
      const camel = snakeToCamel(name);
      const meant = known === undefined || known.includes(camel) ? camel : nearestName(name, known);
      if (meant !== undefined) throw new InvalidArgumentError(`${what} takes its options in camelCase. ${received} Write ${meant}.`);
    }
    if (known === undefined) continue;
    const nearest = nearestName(name, known);
    const remedy = nearest === undefined ? `Use one of: ${known.join(", ")}.` : `Did you mean ${nearest}?`;
    throw new InvalidArgumentError(`${what} has no option \`${name}\`. ${received} ${known.length === 0 ? "Leave it out." : remedy}`);
  }
}

/**
 * Checks an option that is true or false.
 *
 * @param name - The option.
 * @param value - What was received.
 * @returns The value.
 * @throws InvalidArgumentError for anything else: `"false"` would count as true.
 */
export function checkFlag(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new InvalidArgumentError(`\`${name}\` must be true or false. Received: ${name}=${describeValue(value)}.`);
}

/**
 * The options of a configuration that a class knows. Keras writes more of them (`dtype`, `sparse`, ...), which a reader passes over.
 *
 * @param config - What was written down, in camelCase.
 * @param known - The names of the options; everything stays where it is left out.
 * @returns The known ones.
 */
export function pickOptions(config: Readonly<Record<string, unknown>>, known?: readonly string[]): Readonly<Record<string, unknown>> {
  if (known === undefined) return config;
  return Object.fromEntries(Object.entries(config).filter(([name]) => known.includes(name)));
}
