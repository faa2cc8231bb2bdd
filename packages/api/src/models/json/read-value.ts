import { UnsupportedOpError, describeValue } from "../../errors.ts";
import { camelToSnake, toCamelConfig } from "../../config-names.ts";

type Config = Readonly<Record<string, unknown>>;

/** Keys that say nothing about what is computed, or that are read elsewhere. */
const silentKeys: ReadonlySet<string> = new Set([
  "batchInputShape",
  "batchShape",
  "buildConfig",
  "fn",
  "inputShape",
  "isLegacyOptimizer",
  "jitCompile",
  "name",
  "runEagerly",
  "sharedObjectId",
  "trainable",
]);

/** What keys that Rowan has no option for may say: Keras' defaults. null, false and an empty list are always allowed. */
const defaults: ReadonlyMap<string, readonly unknown[]> = new Map<string, readonly unknown[]>([
  ["autocast", [true]],
  ["axis", [-1]],
  ["dataFormat", ["channelsLast"]],
  ["decay", [0]],
  ["lossScaleFactor", [1]],
]);

/** Dtypes in which an input may be declared; the layers behind it take what they need. */
const inputTypes: ReadonlySet<string> = new Set([
  "float32",
  "float64",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "bool",
]);

function isObject(value: unknown): value is Config {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Undoes what Keras 3 wraps: tuples become lists, functions their names. */
function unwrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrap);
  if (!isObject(value)) return value;
  if (value["class_name"] === "__tuple__") return unwrap(value["items"]);
  if (value["class_name"] === "function" && typeof value["config"] === "string") return value["config"];
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrap(inner)]));
}

/**
 * A configuration of Keras in Rowan's form.
 *
 * @param value - What Keras or Rowan wrote.
 * @returns A copy: camelCase, tuples as lists, functions as names.
 */
export function readValue(value: Config): Config {
  return toCamelConfig(unwrap(value) as Record<string, unknown>);
}

/**
 * Checks that a dtype policy is the one that Rowan computes with.
 *
 * @param where - Whose dtype it is, for the message.
 * @param dtype - A name, or a policy object of Keras 2 or 3; undefined and null are the default.
 * @param isInput - Whether it only declares what comes in, which may also be an integer.
 * @throws UnsupportedOpError when it is another.
 */
export function checkDType(where: string, dtype: unknown, isInput = false): void {
  const name = isObject(dtype) ? (dtype["config"] as Config | undefined)?.["name"] : dtype;
  if (name === undefined || name === null || name === "float32") return;
  if (isInput && typeof name === "string" && inputTypes.has(name)) return;
  throw new UnsupportedOpError(
    `${where}: Rowan computes in float32. Received: dtype=${describeValue(name)}. Set the dtype to "float32" in Keras, or in the JSON, and export again.`,
  );
}

/**
 * Checks that nothing of a configuration was passed over: what the object that was made does not know must be empty or Keras' default.
 *
 * @param where - Which object, for the message: `layer "embedding" (Embedding)`.
 * @param given - What was read, in camelCase.
 * @param made - What the object's `getConfig` says.
 * @throws UnsupportedOpError for an option that Rowan does not have.
 */
export function checkUnused(where: string, given: Config, made: Config): void {
  checkDType(where, given["dtype"], made["batchShape"] !== undefined);
  for (const [key, value] of Object.entries(given)) {
    const known = made[key];
    if (known !== undefined) {
      const inner = [value, known].map((side) => (isObject(side) ? side["config"] : undefined));
      if (isObject(inner[0]) && isObject(inner[1])) checkUnused(`${where}, ${camelToSnake(key)}`, inner[0], inner[1]);
    } else if (!isNeutral(key, value)) {
      throw new UnsupportedOpError(
        `${where}: Rowan has no option \`${camelToSnake(key)}\`, so it must be Keras' default or left out. Received: ${camelToSnake(key)}=${describeValue(value)}. Change the model in Keras, or take the key out of the JSON.`,
      );
    }
  }
}

function isNeutral(key: string, value: unknown): boolean {
  if (key === "dtype" || silentKeys.has(key) || value === null || value === false) return true;
  if (Array.isArray(value) && value.length === 0) return true;
  return defaults.get(key)?.includes(value) === true;
}
