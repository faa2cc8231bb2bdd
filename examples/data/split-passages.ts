/** Passages out of the two collections, without a file system: the playground's page does the same as the demonstration. */

/** Passages and whether each is from the novel (1) or from an address (0). */
export interface Passages {
  readonly texts: readonly string[];
  readonly labels: Float32Array;
}

/** How many words a passage has. */
export const passageLength = 30;

/** Whether a part of the novel is a chapter, and no list of quotations. */
export function isChapter({ chapter }: { readonly chapter: string }): boolean {
  return /^\d+$/.test(chapter);
}

/** Whether an address is of the novel's time. */
export function isOfItsTime({ year }: { readonly year: number }): boolean {
  return year >= 1831 && year <= 1871;
}

/**
 * Makes typographic marks plain: the two collections were typed by different hands, and nobody shall be known by the dashes.
 *
 * @param text - Any text.
 */
export function plain(text: string): string {
  return text
    .replace(/[—–]|--+/g, " ")
    .replace(/[“”]/g, '"')
    .replace(/[‘’]/g, "'")
    .replaceAll("‑", "-");
}

/**
 * Cuts a text into passages; what is left over at the end is left out.
 *
 * @param text - Any text.
 * @param words - How many words a passage has.
 */
export function cutPassages(text: string, words: number): string[] {
  const all = text.split(/\s+/).filter((word) => word !== "");
  return Array.from({ length: Math.floor(all.length / words) }, (_, i) => all.slice(i * words, (i + 1) * words).join(" "));
}

/**
 * Passages of 30 words. Every fifth chapter and every fifth address is held out as a whole: a held-out passage comes from a text of
 * which the training has seen nothing.
 *
 * @param chapters - Of the novel, made plain.
 * @param addresses - Of its time, made plain.
 * @returns The passages to train on, and those to test with.
 */
export function splitPassages(
  chapters: readonly { readonly text: string }[],
  addresses: readonly { readonly text: string }[],
): { readonly training: Passages; readonly heldOut: Passages } {
  const collect = (wanted: (index: number) => boolean): Passages => {
    const cut = (entries: readonly { readonly text: string }[]): string[] =>
      entries.filter((_, index) => wanted(index)).flatMap(({ text }) => cutPassages(text, passageLength));
    const fromNovel = cut(chapters);
    const texts = [...fromNovel, ...cut(addresses)];
    return { texts, labels: Float32Array.from(texts, (_, index) => (index < fromNovel.length ? 1 : 0)) };
  };
  return { training: collect((index) => index % 5 !== 4), heldOut: collect((index) => index % 5 === 4) };
}
