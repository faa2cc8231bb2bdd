/** Keys whose numbers Python must read as floats also where they are whole: Keras refuses the integer 0 as a momentum. */
const floatKeys: ReadonlySet<string> = new Set([
  "beta_1",
  "beta_2",
  "clipnorm",
  "clipvalue",
  "ema_momentum",
  "epsilon",
  "global_clipnorm",
  "initial_accumulator_value",
  "learning_rate",
  "momentum",
  "rho",
  "weight_decay",
]);

/** Marks a number in the text until it has its decimal point. No name can hold it by chance: JSON writes its first character as an escape. */
const mark = "\u0001float:";

/**
 * JSON that Python reads with the types that Keras expects.
 *
 * @param value - Plain data with Keras' keys.
 * @param indent - Blanks to indent by; one line when left out.
 * @returns The text; whole numbers that Keras wants as floats have a decimal point.
 */
export function stringify(value: unknown, indent?: number): string {
  const text = JSON.stringify(
    value,
    (key, inner: unknown) => (floatKeys.has(key) && Number.isSafeInteger(inner) ? `${mark}${String(inner)}` : inner),
    indent,
  );
  return text.replace(/"\\u0001float:(-?\d+)"/g, "$1.0");
}
