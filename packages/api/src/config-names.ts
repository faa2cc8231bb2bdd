/**
 * Rowan writes configurations in camelCase, Keras in snake_case. These functions translate whole configurations, so that a
 * Keras JSON file loads here and a file from here loads there.
 */

/** Keras' keys that do not follow the rule that a digit belongs to the letters before it. */
const irregularKeys: ReadonlyMap<string, string> = new Map([
  ["beta1", "beta_1"],
  ["beta2", "beta_2"],
]);

/** Keys (in camelCase) whose value is itself a name of several words: `"fanIn"` here is `"fan_in"` there. */
const keysOfNames: ReadonlySet<string> = new Set([
  "activation",
  "biasInitializer",
  "combiner",
  "dataFormat",
  "distribution",
  "embeddingsInitializer",
  "kernelInitializer",
  "loss",
  "mode",
  "outputMode",
  "reduction",
  "split",
  "standardize",
]);

/**
 * `outputDim` to `output_dim`, `GlobalAveragePooling1D` to `global_average_pooling1d`, by Keras' own rule (`to_snake_case`).
 *
 * @param name - A name in camelCase or PascalCase; snake_case stays as it is.
 * @returns The name in snake_case.
 */
export function camelToSnake(name: string): string {
  const irregular = irregularKeys.get(name);
  if (irregular !== undefined) return irregular;
  return name
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replace(/_{2,}/g, "_")
    .toLowerCase();
}

/**
 * `output_dim` to `outputDim`.
 *
 * @param name - A name in snake_case; camelCase and PascalCase stay as they are.
 * @returns The name in camelCase.
 */
export function snakeToCamel(name: string): string {
  return name.replace(/(?<=[A-Za-z0-9])_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function translate(value: unknown, rename: (name: string) => string, isName: boolean): unknown {
  if (typeof value === "string") return isName ? rename(value) : value;
  if (Array.isArray(value)) return value.map((element: unknown) => translate(element, rename, isName));
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    result[rename(key)] = translate(inner, rename, keysOfNames.has(snakeToCamel(key)));
  }
  return result;
}

/**
 * A configuration as Keras writes it: every key, at every depth, in snake_case, and also the values that are names of
 * options, such as `mode: "fanIn"`. Class names and all other values stay as they are.
 *
 * @param config - A configuration in camelCase.
 * @returns A copy in snake_case.
 */
export function toSnakeConfig(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return translate(config, camelToSnake, false) as Record<string, unknown>;
}

/**
 * A configuration as Rowan writes it: the reverse of `toSnakeConfig`.
 *
 * @param config - A configuration in snake_case; one in camelCase comes back as it is.
 * @returns A copy in camelCase.
 */
export function toCamelConfig(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return translate(config, snakeToCamel, false) as Record<string, unknown>;
}
