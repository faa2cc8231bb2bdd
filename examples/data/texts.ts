import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import { plain } from "./split-passages.ts";

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

/** The novel's 138 parts in order. */
export function loadNovel(): Chapter[] {
  return load<Chapter>("moby-dick");
}

/** The 233 addresses from 1790 to 2021 in order. */
export function loadAddresses(): Address[] {
  return load<Address>("state-of-the-union");
}
