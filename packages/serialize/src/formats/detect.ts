import { FormatError, describeValue } from "@rowan/api";
import type { ByteReader } from "../io/byte-reader.ts";
import { magic } from "../format/constants.ts";
import { gzipMagic } from "../io/gzip.ts";
import { FloatScanner } from "./floats/float-scanner.ts";
import { parseRow, trimmedEnd } from "./text/parse-row.ts";
import { latin1 } from "./text/latin1.ts";

/** What a file is, by its first bytes. */
export type Detected =
  | { readonly format: "gzip" | "npy" | "npz" | "rowan" | "safetensors" }
  /** `headerBytes`: the length of the first line with its line end. */
  | { readonly format: "word2vec" | "word2vec-binary"; readonly promised: number; readonly dim: number; readonly headerBytes: number }
  | { readonly format: "glove"; readonly dim: number; readonly headerBytes: number };

/** A row takes no more memory than 64 MiB. */
const mostColumns = 1 << 24;
/** How much of a file is looked at, and how much where its rows are long. */
const usualHead = 1 << 14;
const longestHead = 1 << 25;
const scanner = new FloatScanner();

/** Formats that are known by their first bytes and not read, with what to do instead. */
const others: readonly (readonly [start: string, what: string, remedy: string])[] = [
  ["\x89HDF\r\n\x1a\n", "HDF5", "Save the weights in Python with numpy.save, or as safetensors."],
  ["\xba\x16\x4f\x2f", "fastText's .bin", "Use the .vec file beside it, or write one in Python."],
  ["\x80\x02", "a pickle of Python", "Write it in Python with gensim's save_word2vec_format, or with numpy.save."],
  ["\x80\x03", "a pickle of Python", "Write it in Python with gensim's save_word2vec_format, or with numpy.save."],
  ["\x80\x04", "a pickle of Python", "Write it in Python with gensim's save_word2vec_format, or with numpy.save."],
  ["\x80\x05", "a pickle of Python", "Write it in Python with gensim's save_word2vec_format, or with numpy.save."],
  ["PAR1", "Parquet", "Save the vectors in Python with numpy.save, or as safetensors."],
  ["GGUF", "GGUF", "Save the embedding in Python as safetensors."],
  ["BZh", "bzip2", "Unpack it, or pack it with gzip."],
  ["\xfd7zXZ\0", "xz", "Unpack it, or pack it with gzip."],
  ["\x28\xb5\x2f\xfd", "zstd", "Unpack it, or pack it with gzip."],
];

/**
 * Recognises a file by its content.
 *
 * @param reader - At its beginning; nothing is taken.
 * @returns Its format, and what its first line says where it is a text.
 * @throws FormatError when it is none of the formats that are read, naming what it seems to be.
 */
export async function detect(reader: ByteReader): Promise<Detected> {
  const head = await reader.peek(usualHead);
  if (head[0] === gzipMagic[0] && head[1] === gzipMagic[1]) return { format: "gzip" };
  const start = latin1(head.subarray(0, 16));
  if (magic.every((byte, i) => head[i] === byte)) return { format: "rowan" };
  if (start.startsWith("\x93NUMPY")) return { format: "npy" };
  if (start.startsWith("PK\x03\x04") || start.startsWith("PK\x05\x06")) return { format: "npz" };
  // Eight bytes of length, of which the upper ones are 0, and a JSON object.
  if (head.length >= 8 && start.startsWith("\0\0\0", 5) && (start[8] === "{" || head.length === 8)) return { format: "safetensors" };
  for (const [begin, what, remedy] of others) {
    if (start.startsWith(begin)) throw new FormatError(`${reader.name} is of a format that is not read. Received: ${what}. ${remedy}`);
  }
  const text = await detectText(reader, head);
  if (text) return text;
  throw new FormatError(
    `${reader.name} must be a Rowan checkpoint, a .npy, .npz or safetensors file, or vectors of word2vec, GloVe or fastText, also packed with gzip. ` +
      `Received: ${head.length === 0 ? "an empty file" : `a file that begins with ${describeStart(head)}`}.`,
  );
}

function describeStart(head: Uint8Array): string {
  const text = latin1(head.subarray(0, 24));
  return /^[\x20-\x7e\s]+$/.test(text)
    ? describeValue(text)
    : `the bytes ${[...head.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")}`;
}

async function detectText(reader: ByteReader, head: Uint8Array): Promise<Detected | undefined> {
  const lineEnd = head.indexOf(10);
  const header =
    lineEnd < 0 ? null : /^(\d{1,15})[ \t]+(\d{1,15})[ \t]*\r?$/.exec(latin1(head.subarray(bomLength(head), Math.min(lineEnd, 64))));
  if (header) {
    const [promised, dim] = [Number(header[1]), Number(header[2])];
    if (dim > mostColumns)
      throw new FormatError(
        `${reader.name}, line 1: a row must have at most ${mostColumns} numbers. Received: ${dim}. The file is damaged.`,
      );
    const headerBytes = lineEnd + 1;
    // "7 0.5" may be GloVe's line of a table of one column; "7 5" is taken for a promise.
    if (promised > 0 && dim > 0)
      return { format: (await looksLikeText(reader, headerBytes, dim)) ? "word2vec" : "word2vec-binary", promised, dim, headerBytes };
  }
  const line = await firstLine(reader, head);
  if (line === undefined) return undefined;
  const dim = countNumbers(line);
  return dim > 0 ? { format: "glove", dim, headerBytes: 0 } : undefined;
}

/** Some programs put a mark of the encoding in front. */
function bomLength(head: Uint8Array): number {
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
}

/** Whether what follows the first word is text: bytes of float32 that are all of these characters do not happen. */
async function looksLikeText(reader: ByteReader, from: number, dim: number): Promise<boolean> {
  const wanted = Math.min(dim, 1 << 12);
  const head = await reader.peek(from + (1 << 12) + wanted * 4);
  const lineEnd = head.indexOf(10, from);
  if (lineEnd >= 0) {
    const end = trimmedEnd(head, from, lineEnd);
    if (end - from >= 2 * dim && typeof parseRow(head, from, end, dim, new Float32Array(dim), 0) === "number") return true;
  }
  const blank = head.indexOf(32, from);
  if (blank < 0) return true;
  return /^[\d+\-.eE \tnaifNAIF\r\n]*$/.test(latin1(head.subarray(blank, blank + wanted * 4)));
}

async function firstLine(reader: ByteReader, head: Uint8Array): Promise<Uint8Array | undefined> {
  let ahead = head;
  for (;;) {
    const end = ahead.indexOf(10);
    if (end >= 0) return ahead.subarray(0, trimmedEnd(ahead, 0, end));
    // What is no text shows it early.
    if (ahead.subarray(0, usualHead).includes(0) || ahead.length > longestHead) return undefined;
    const longer = await reader.peek(2 * ahead.length + 1);
    if (longer.length === ahead.length) return ahead.subarray(0, trimmedEnd(ahead, 0, ahead.length));
    ahead = longer;
  }
}

/** How many numbers a line ends with, beside its first part. */
function countNumbers(line: Uint8Array): number {
  let count = 0;
  let at = line.length;
  while (at > 0) {
    const partEnd = at;
    while (at > 0 && line[at - 1] !== 32 && line[at - 1] !== 9) at--;
    // The first part is a word, also where it is made of digits.
    if (at === 0) return count;
    scanner.scan(line, at, partEnd);
    if (scanner.stop !== partEnd) return count;
    count++;
    while (at > 0 && (line[at - 1] === 32 || line[at - 1] === 9)) at--;
  }
  return count;
}
