import { UsageError } from "../failure.ts";
import type { UnknownPolicy } from "../ids/cell-reader.ts";

/** The usual names of the row for words that are not known, the first one that is there. */
const unknownNames = ["[UNK]", "<unk>", "<UNK>", "UNK", "unk"] as const;

/** The words of a table, ready to be looked for. */
export interface WordRows {
  readonly words: ReadonlyMap<string, number>;
  /** The row of unknown words. */
  readonly unkId: number | undefined;
}

/**
 * Finds rows by words.
 *
 * @param words - The words of a table in the order of its rows; undefined where it has none.
 * @param unknown - What unknown words get.
 * @param path - The file of the table, for messages.
 * @throws UsageError where there are no words, or no row for unknown ones where one is wanted.
 */
export function findWords(words: readonly string[] | undefined, unknown: UnknownPolicy, path: string): WordRows {
  if (words === undefined) throw new UsageError(`--words needs a table with words. Received: ${path}, which has none. Use ids.`);
  const rows = new Map<string, number>();
  // Of a word that is there twice, the first row counts, as in the tools that write such files.
  words.forEach((word, id) => {
    if (!rows.has(word)) rows.set(word, id);
  });
  const name = unknownNames.find((candidate) => rows.has(candidate));
  if (unknown === "unk" && name === undefined) {
    throw new UsageError(
      `--unknown unk needs a row for unknown words: ${unknownNames.join(", ")}. Received: ${path}, which has none. Pass --unknown zero.`,
    );
  }
  return { words: rows, unkId: name === undefined ? undefined : rows.get(name) };
}
