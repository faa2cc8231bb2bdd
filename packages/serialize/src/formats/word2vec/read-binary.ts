import { FormatError } from "@rowan/api";
import type { ByteReader } from "../../io/byte-reader.ts";
import { littleEndian } from "../../io/little-endian.ts";
import { WordRows } from "../table/word-rows.ts";
import type { WordOptions } from "../table/word-rows.ts";
import { decodeWord } from "../text/decode-word.ts";

/** No word is longer; what is, was no word. */
const longestWord = 1 << 16;

/**
 * Reads word2vec's binary vectors: a word, a blank, and little-endian float32. The C program writes a line end after each vector, gensim
 * does not; both are read.
 *
 * @param reader - In front of the first word.
 * @param form - What the first line says.
 * @param form.promised - The number of rows.
 * @param form.dim - The number of columns.
 * @param options - What to keep.
 * @param size - The length of the file in bytes, where it is known: a promise of rows is believed only as far as it reaches.
 * @returns The rows.
 * @throws FormatError naming the first record that cannot be read, also where the file ends before the last one.
 */
export async function readBinary(
  reader: ByteReader,
  { promised, dim }: { readonly promised: number; readonly dim: number },
  options: WordOptions,
  size?: number,
): Promise<WordRows> {
  const believed = size !== undefined && promised * (4 * dim + 1) <= size ? promised : undefined;
  const rows = new WordRows(reader.name, "record", dim, options, believed);
  const { builder } = rows;
  const vectorBytes = 4 * dim;
  try {
    for (let record = 1; record <= promised && !rows.complete; record++) {
      const word = await takeWord(reader, record, promised, vectorBytes);
      const bytes = await reader.take(vectorBytes, `the vector of record ${record}`);
      if (word === undefined) {
        rows.reject(record, "expected a word in UTF-8. Received: other bytes");
        continue;
      }
      if (rows.wanted?.has(word) === false) continue;
      const piece = builder.piece;
      littleEndian.copyFloats(bytes, piece, builder.offset, dim);
      rows.keep(word, record);
    }
    if (!rows.complete) await expectEnd(reader, promised);
    return rows;
  } catch (error) {
    builder.abort();
    throw error;
  }
}

/** Takes a word and the blank behind it; undefined where it is no UTF-8. */
async function takeWord(reader: ByteReader, record: number, promised: number, vectorBytes: number): Promise<string | undefined> {
  // Usually the record is there already, and most words are short.
  let ahead = await reader.peek(Math.min(64 + vectorBytes, 1 << 16));
  let end = ahead.indexOf(32);
  while (end < 0 && ahead.length < longestWord) {
    const longer = await reader.peek(2 * ahead.length + 1);
    if (longer.length === ahead.length) break;
    ahead = longer;
    end = ahead.indexOf(32);
  }
  if (ahead.length === 0 || (ahead.length === 1 && ahead[0] === 10)) {
    throw new FormatError(
      `${reader.name} is cut off: its first line promises ${promised} records. Received: ${record - 1} records. Write or download it again.`,
    );
  }
  if (end < 0 || end > longestWord) {
    throw new FormatError(
      `${reader.name}, record ${record} at byte ${reader.position}: expected a word of at most ${longestWord} bytes with a blank behind it. Received: no blank. The file is damaged, cut off, or not word2vec's binary format.`,
    );
  }
  const bytes = await reader.take(end + 1, "a word");
  return decodeWord(bytes, bytes[0] === 10 ? 1 : 0, end);
}

async function expectEnd(reader: ByteReader, promised: number): Promise<void> {
  const { position } = reader;
  const rest = await reader.peek(2);
  if (rest.length === 0 || (rest.length === 1 && rest[0] === 10)) return;
  throw new FormatError(
    `${reader.name} must end behind the ${promised} records that its first line promises, at byte ${position}. Received: more bytes. It is damaged, or its first line is of another file.`,
  );
}
