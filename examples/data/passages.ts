import { cutPassages, loadAddresses, loadNovel } from "./texts.ts";

/** Passages and whether each is from the novel (1) or from an address (0). */
export interface Passages {
  readonly texts: readonly string[];
  readonly labels: Float32Array;
}

/** How many words a passage has. */
export const passageLength = 30;

/**
 * Passages of 30 words from "Moby-Dick" and from the addresses of the years around it. Every fifth chapter and every fifth address
 * is held out as a whole: a held-out passage comes from a text of which the training has seen nothing.
 *
 * @returns The passages to train on, and those to test with.
 */
export function loadPassages(): { readonly training: Passages; readonly heldOut: Passages } {
  const novel = loadNovel().filter(({ chapter }) => /^\d+$/.test(chapter));
  const addresses = loadAddresses().filter(({ year }) => year >= 1831 && year <= 1871);
  const collect = (wanted: (index: number) => boolean): Passages => {
    const cut = (entries: readonly { readonly text: string }[]): string[] =>
      entries.filter((_, index) => wanted(index)).flatMap(({ text }) => cutPassages(text, passageLength));
    const fromNovel = cut(novel);
    const texts = [...fromNovel, ...cut(addresses)];
    return { texts, labels: Float32Array.from(texts, (_, index) => (index < fromNovel.length ? 1 : 0)) };
  };
  return { training: collect((index) => index % 5 !== 4), heldOut: collect((index) => index % 5 === 4) };
}
