const pattern = /[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*/gu;

/**
 * The words of a text in lower case: letters and digits, with apostrophes inside of a word. Word vectors are trained on these, and
 * texts are encoded by these.
 *
 * @param text - Any text.
 */
export function splitWords(text: string): string[] {
  return text.toLowerCase().replaceAll("’", "'").match(pattern) ?? [];
}
