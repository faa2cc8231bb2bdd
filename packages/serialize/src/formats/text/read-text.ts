import { FormatError, countOf } from "@rowan/api";
import type { ByteReader } from "../../io/byte-reader.ts";
import type { WordOptions } from "../table/word-rows.ts";
import { WordRows } from "../table/word-rows.ts";
import { decodeWord } from "./decode-word.ts";
import { eachLine } from "./line-splitter.ts";
import { parseRow, trimmedEnd } from "./parse-row.ts";

/** What is known of a text before its first row is read. */
export interface TextForm {
  /** How many rows the first line promises; undefined where there is no such line (GloVe). */
  readonly promised: number | undefined;
  readonly dim: number;
}

/**
 * Reads vectors in text, a word and its numbers a line: word2vec's and fastText's with their first line, GloVe's without.
 *
 * @param reader - In front of the first row.
 * @param form - The number of columns, and of rows where it is known.
 * @param options - What to keep.
 * @param size - The length of the text in bytes, where it is known: a promise of rows is believed only as far as it reaches.
 * @returns The rows.
 * @throws FormatError naming the first line that cannot be read, or a number of lines that is not the one promised.
 */
export async function readText(reader: ByteReader, form: TextForm, options: WordOptions, size?: number): Promise<WordRows> {
  const { dim, promised } = form;
  const lead = promised === undefined ? 1 : 2;
  // A number takes two bytes at least, with the blank before it.
  const believed = promised !== undefined && size !== undefined && promised * 2 * dim <= size ? promised : undefined;
  const rows = new WordRows(reader.name, "line", dim, options, believed);
  const { builder, wanted } = rows;
  const quick = wanted !== undefined && ![...wanted].some((word) => /[ \t]/.test(word)) ? wanted : undefined;
  let seen = 0;
  const visit = (bytes: Uint8Array, start: number, lineEnd: number, line: number): boolean => {
    const end = trimmedEnd(bytes, start, lineEnd);
    if (promised !== undefined && seen === promised) {
      if (end > start)
        rows.reject(
          line,
          `expected the end of the file behind the ${countOf(promised, "row")} that line 1 promises. Received: another line`,
        );
      return true;
    }
    seen++;
    if (quick && !quick.has(firstWord(bytes, start, end))) return true;
    // A row of so few bytes has no room for its numbers, and takes no memory for them.
    if (end - start < 2 * dim) {
      rows.reject(line, `expected a word and ${countOf(dim, "number")}. Received: a line of ${countOf(end - start, "byte")}`);
      return true;
    }
    const piece = builder.piece;
    const wordEnd = parseRow(bytes, start, end, dim, piece, builder.offset);
    if (typeof wordEnd === "string") {
      rows.reject(line, wordEnd);
      return true;
    }
    const word = decodeWord(bytes, start, wordEnd);
    if (word === undefined) rows.reject(line, "expected a word in UTF-8. Received: other bytes");
    else rows.keep(word, line);
    return !rows.complete;
  };
  try {
    const ended = await eachLine(reader, lead, visit);
    if (!rows.complete && promised !== undefined && seen < promised) {
      const reason = `expected ${countOf(promised, "row")}, as line 1 promises. Received: ${countOf(seen, "row")}`;
      if (options.skipBadLines !== true)
        throw new FormatError(`${reader.name}: ${reason}. Write or download it again, or pass { skipBadLines: true }.`);
      rows.reject(lead + seen, reason);
    }
    rows.unfinishedLine = !ended;
    return rows;
  } catch (error) {
    builder.abort();
    throw error;
  }
}

function firstWord(bytes: Uint8Array, start: number, end: number): string {
  let at = start;
  while (at < end && bytes[at] !== 32 && bytes[at] !== 9) at++;
  return decodeWord(bytes, start, at) ?? "";
}
