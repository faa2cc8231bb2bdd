import { FormatError, InvalidArgumentError, checkOptions, describeValue } from "@rowan/api";
import type { Backend, EmbeddingTable } from "@rowan/api";
import { detect } from "./detect.ts";
import type { Detected } from "./detect.ts";
import { ByteReader } from "./io/byte-reader.ts";
import type { FileSource } from "./io/file-source.ts";
import { gunzip } from "./io/gzip.ts";
import { openSource } from "./io/open-source.ts";
import type { SourceInput } from "./io/open-source.ts";
import type { ImportReport } from "./table/import-report.ts";
import type { WordRows } from "./table/word-rows.ts";
import { readText } from "./text/read-text.ts";
import { readBinary } from "./word2vec/read-binary.ts";

/** Options of `importTable`. */
export interface ImportOptions {
  /** Only these words are kept, in the order of the file: for your own vocabulary out of a file that would not fit in memory. */
  readonly words?: Iterable<string>;
  /** Only so many rows are kept, the first ones: in the usual files those are the most frequent words. */
  readonly limit?: number;
  /** Lines that cannot be read are counted and passed over. An error names the first of them where this is left out. */
  readonly skipBadLines?: boolean;
  /** Of a word that comes again: `"first"` (the default) keeps the first row and counts the others, `"error"` is strict. */
  readonly duplicates?: "first" | "error";
  /** How many times its size a packed file may grow beyond 64 MiB; 100 when left out. */
  readonly maxExpansion?: number;
  /** Where the rows live; the default backend when left out. */
  readonly backend?: Backend;
  readonly name?: string;
}

const optionNames = [
  "words",
  "limit",
  "skipBadLines",
  "duplicates",
  "maxExpansion",
  "backend",
  "name",
] as const satisfies readonly (keyof ImportOptions)[];

/** A table out of a file of another tool. */
export interface ImportedTable {
  readonly table: EmbeddingTable;
  /** The words of the rows; undefined where the format has none. */
  readonly vocabulary: readonly string[] | undefined;
  readonly report: ImportReport;
}

/**
 * Reads a table of vectors from a file of another tool, which is recognised by its content: word2vec's text and binary, GloVe's text,
 * fastText's `.vec`, also packed with gzip. Memory beside the table does not grow with the file.
 *
 * @param source - A path, a URL, a Blob or File, a ReadableStream, or bytes.
 * @param options - What to keep, and how strictly to read.
 * @returns The table float32 `[rows, dim]`, the words of its rows, and what there is to say about the file.
 * @throws FormatError naming the place in the file where it is cut off, damaged, or not of its format; InvalidArgumentError for options that
 *   cannot be; the system's error where the file cannot be opened.
 * @example
 * const { table, vocabulary, report } = await importTable("glove.6B.100d.txt.gz", { limit: 100_000 });
 */
export async function importTable(source: SourceInput, options: ImportOptions = {}): Promise<ImportedTable> {
  checkOptions("importTable", options, "{ limit: 100_000 }", optionNames);
  const file = await openSource(source);
  try {
    return await read(file, checkValues(options));
  } finally {
    await file.close();
  }
}

type CheckedOptions = Omit<ImportOptions, "words"> & { readonly words?: ReadonlySet<string> };

function checkValues(options: ImportOptions): CheckedOptions {
  const { words, limit, duplicates } = options;
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0))
    throw new InvalidArgumentError(`\`limit\` must be a positive integer. Received: limit=${describeValue(limit)}.`);
  if (duplicates !== undefined && duplicates !== "first" && (duplicates as string) !== "error")
    throw new InvalidArgumentError(`\`duplicates\` must be "first" or "error". Received: duplicates=${describeValue(duplicates)}.`);
  if (words === undefined) return options as CheckedOptions;
  if (typeof words === "string")
    throw new InvalidArgumentError(
      `\`words\` must be a list of words. Received: words=${describeValue(words)}. Write [${describeValue(words)}].`,
    );
  const set = new Set(words);
  if (set.size === 0) throw new InvalidArgumentError("`words` must hold at least one word. Received: none. Leave it out to keep all rows.");
  return { ...options, words: set };
}

async function read(file: FileSource, options: CheckedOptions): Promise<ImportedTable> {
  let reader = new ByteReader(file.name, file.stream());
  let packed = false;
  try {
    let found = await detect(reader);
    if (found.format === "gzip") {
      packed = true;
      reader = new ByteReader(`${file.name} (unpacked)`, gunzip(file.name, drain(reader), options.maxExpansion));
      found = await detect(reader);
    }
    const rows = await readWords(reader, found, options, packed ? undefined : file.size);
    if (rows.builder.rows === 0) {
      rows.builder.abort();
      throw new FormatError(
        `${file.name} must hold at least one row${options.words ? " of the words that are asked for" : ""}. Received: none${options.words ? "; the words are compared letter by letter, case included" : ""}.`,
      );
    }
    const { words, builder, duplicates, badLines, notFinite, unfinishedLine } = rows;
    const report = {
      format: found.format as ImportReport["format"],
      gzip: packed,
      rows: builder.rows,
      dim: builder.dim,
      stored: found.format === "word2vec-binary" ? "float32" : "text",
      promised: "promised" in found ? found.promised : undefined,
      duplicates,
      badLines,
      notFinite,
      unfinishedLine,
    };
    return { table: builder.finish(), vocabulary: words, report };
  } finally {
    await reader.cancel();
  }
}

async function readWords(reader: ByteReader, found: Detected, options: CheckedOptions, size: number | undefined): Promise<WordRows> {
  switch (found.format) {
    case "word2vec":
    case "word2vec-binary":
      await reader.take(found.headerBytes, "the first line");
      return (found.format === "word2vec" ? readText : readBinary)(reader, found, options, size);
    case "glove":
      return readText(reader, { promised: undefined, dim: found.dim }, options, size);
    default:
      throw new FormatError(`${reader.name} must hold vectors. Received: ${found.format} inside of gzip.`);
  }
}

/** What a reader still has, as a stream. */
async function* drain(reader: ByteReader): AsyncGenerator<Uint8Array> {
  try {
    for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) yield piece;
  } finally {
    await reader.cancel();
  }
}
