import { InvalidArgumentError, describeValue } from "./errors.ts";
import { toCamelConfig } from "./config-names.ts";

/** An object written down: which class it is, and the options that make it again. */
export interface Serialized {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** An object that can be written down. `className` is data, since bundlers shorten the names of classes. */
export interface Serializable {
  readonly className: string;
  getConfig(): Record<string, unknown>;
}

/**
 * Writes an object down in Keras' form.
 *
 * @param object - An initializer, regularizer, layer, ...
 * @returns Its class name and its options; plain data that JSON can carry.
 */
export function serialize(object: Serializable): Serialized {
  return { className: object.className, config: object.getConfig() };
}

/**
 * Reads the outer form of what `serialize` or Keras wrote.
 *
 * @param kind - What is expected, for messages: `initializer`, `loss`, ...
 * @param value - `{ className, config }`, or Keras' `{ class_name, config }`; a missing config is an empty one.
 * @returns The same with camelCase keys.
 * @throws InvalidArgumentError when it has no class name, or a config that is not an object.
 */
export function readSerialized(kind: string, value: unknown): Serialized {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const { className, config = {} } = toCamelConfig(value as Record<string, unknown>);
    if (typeof className === "string" && typeof config === "object" && config !== null && !Array.isArray(config)) {
      return { className, config: config as Record<string, unknown> };
    }
  }
  throw new InvalidArgumentError(
    `A serialized ${kind} must be { className, config }. Received: ${kind}=${describeValue(value)}. Pass what \`serialize\` gave, or a name.`,
  );
}
