/** How a text is made uniform before it is split. */
export type StandardizeName = "lowerAndStripPunctuation" | "lower" | "stripPunctuation";

/** Beyond ASCII. */
const foreign = /[\u0080-\uffff]/;
/** Every punctuation mark of ASCII: the class that Keras strips (keras/src/layers/preprocessing/text_vectorization.py). */
const punctuation = /[!-/:-@[-`{-~]+/g;

/**
 * The letters A to Z in lower case, all others as they are, as `tf.strings.lower` has it: `"ÉA"` becomes `"Éa"`.
 *
 * @param text - Any text.
 * @returns The text in lower case.
 */
export function lowerAscii(text: string): string {
  return foreign.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text.toLowerCase();
}

/**
 * Takes out the punctuation marks of ASCII; `"don't"` becomes `"dont"`. Typographic quotes and dashes stay, as in Keras.
 *
 * @param text - Any text.
 * @returns The text without them.
 */
export function stripPunctuation(text: string): string {
  return text.replace(punctuation, "");
}

/** The ways to make a text uniform, by name. */
export const standardizers: Readonly<Record<StandardizeName, (text: string) => string>> = {
  lowerAndStripPunctuation: (text) => stripPunctuation(lowerAscii(text)),
  lower: lowerAscii,
  stripPunctuation,
};
