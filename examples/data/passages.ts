import { isChapter, isOfItsTime, splitPassages } from "./split-passages.ts";
import type { Passages } from "./split-passages.ts";
import { loadAddresses, loadNovel } from "./texts.ts";

export { passageLength } from "./split-passages.ts";
export type { Passages } from "./split-passages.ts";

/**
 * Passages of 30 words from "Moby-Dick" and from the addresses of the years around it, as `splitPassages` makes them.
 *
 * @returns The passages to train on, and those to test with.
 */
export function loadPassages(): { readonly training: Passages; readonly heldOut: Passages } {
  return splitPassages(loadNovel().filter(isChapter), loadAddresses().filter(isOfItsTime));
}
