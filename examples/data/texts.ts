import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";

/** A part of "Moby-Dick; or, The Whale" by Herman Melville, 1851. */
export interface Chapter {
  /** `"1"` to `"135"`, `"Etymology"`, `"Extracts"` or `"Epilogue"`. */
  readonly chapter: string;
  readonly title: string;
  readonly text: string;
}

/** A State of the Union address. */
export interface Address {
  readonly year: number;
  readonly name: string;
  readonly party: string;
  readonly text: string;
}

function load<Entry extends { readonly text: string }>(name: string): Entry[] {
  const json = brotliDecompressSync(readFileSync(new URL(`${name}.json.br`, import.meta.url))).toString("utf8");
  return (JSON.parse(json) as Entry[]).map((entry) => ({ ...entry, text: plain(entry.text) }));
}

/** Makes typographic marks plain: the two collections were typed by different hands, and nobody shall be known by the dashes. */
function plain(text: string): string {
  return text
    .replace(/[—–]|--+/g, " ")
    .replace(/[“”]/g, '"')
    .replace(/[‘’]/g, "'")
    .replaceAll("‑", "-");
}

/** The novel's 138 parts in order. */
export function loadNovel(): Chapter[] {
  return load<Chapter>("moby-dick");
}

/** The 233 addresses from 1790 to 2021 in order. */
export function loadAddresses(): Address[] {
  return load<Address>("state-of-the-union");
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
