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

/**
 * The same words, and where each stands.
 *
 * @param text - Any text.
 * @returns Words, and for each its column from 1.
 */
export function placeWords(text: string): { readonly words: string[]; readonly columns: number[] } {
  const found = [...text.toLowerCase().replaceAll("’", "'").matchAll(pattern)];
  return { words: found.map(([word]) => word), columns: found.map(({ index }) => index + 1) };
}
