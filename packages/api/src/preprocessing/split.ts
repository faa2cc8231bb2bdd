/** How a text becomes tokens. */
export type SplitName = "whitespace" | "character";

/** Runs of anything but ASCII whitespace; a no-break space and its like belong to a word, as in `tf.strings.split`. */
const words = /[^ \t\n\v\f\r]+/g;

/** The ways to split a text, by name. */
export const splitters: Readonly<Record<SplitName, (text: string) => readonly string[]>> = {
  whitespace: (text) => text.match(words) ?? [],
  // By code point, not by UTF-16 unit.
  character: (text) => Array.from(text),
};

/**
 * Tokens joined with their neighbours, in the order of `tf.strings.ngrams`: all of the first width, then all of the next.
 *
 * @param tokens - The tokens of one text.
 * @param widths - How many tokens to join, for example `[1, 2]`.
 * @returns The joined tokens, with blanks between their parts; none of a width that the text is too short for.
 */
export function joinNeighbours(tokens: readonly string[], widths: readonly number[]): string[] {
  const joined: string[] = [];
  for (const width of widths) {
    for (let start = 0; start + width <= tokens.length; start++) joined.push(tokens.slice(start, start + width).join(" "));
  }
  return joined;
}
