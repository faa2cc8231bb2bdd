import { InvalidArgumentError, FormatError, checkFlag, checkOptions, countOf, describeValue } from "@rowan/api";
import type { Backend, EmbeddingTable } from "@rowan/api";
import { detect } from "./detect.ts";
import type { Detected } from "./detect.ts";
import { ByteReader } from "../io/byte-reader.ts";
import type { OpenFile } from "../io/open-file.ts";
import { gunzip } from "../io/gzip.ts";
import { openFile } from "../io/open-file.ts";
import type { Source } from "../io/open-source.ts";
import { importCheckpoint } from "./import-checkpoint.ts";
import { importNpy, importNpz, importSafetensors } from "./import-arrays.ts";
import type { ArrayTable } from "./import-arrays.ts";
import { selectRows } from "./table/select-rows.ts";
import type { ImportReport, TableFormat } from "./table/import-report.ts";
import type { WordRows } from "./table/word-rows.ts";
import { readText } from "./text/read-text.ts";
import { readBinary } from "./word2vec/read-binary.ts";

/** Options of `importTable`. */
export interface ImportOptions {
  /** Only these words are kept, in the order of the file: for your own vocabulary out of a file that would not fit in memory. */
  readonly words?: Iterable<string>;
  /** The name of the array, in files that hold several. Where it is left out: a usual name such as `"embeddings"`, or the only matrix. */
  readonly tensor?: string;
  /** Float16 and bfloat16 stay as they are: half of the memory, and rows that are read only. They become float32 where it is left out. */
  readonly keepHalf?: boolean;
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
  "tensor",
  "keepHalf",
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
 * Reads a table of vectors from a file of another tool, which is recognised by its content: Rowan's checkpoints, NumPy's `.npy` and `.npz`, safetensors,
 * word2vec's text and binary, GloVe's text, fastText's `.vec`, also packed with gzip. Memory beside the table does not grow with the file.
 *
 * @param source - A path, a URL, a Blob or File, a ReadableStream, or bytes.
 * @param options - What to keep, and how strictly to read.
 * @returns The table float32 `[rows, dim]`, the words of its rows, and what there is to say about the file.
 * @throws FormatError naming the place in the file where it is cut off, damaged, or not of its format; InvalidArgumentError for options that
 *   cannot be; the system's error where the file cannot be opened.
 * @example
 * const { table, vocabulary, report } = await importTable("glove.6B.100d.txt.gz", { limit: 100_000 });
 */
export async function importTable(source: Source, options: ImportOptions = {}): Promise<ImportedTable> {
  checkOptions("importTable", options, "{ limit: 100_000 }", optionNames);
  const file = await openFile(source);
  try {
    return await read(source, file, checkValues(options));
  } finally {
    await file.close();
  }
}

type CheckedOptions = Omit<ImportOptions, "words"> & { readonly words?: ReadonlySet<string> };

function checkValues(options: ImportOptions): CheckedOptions {
  const { words, limit, duplicates, keepHalf = false, skipBadLines = false } = options;
  checkFlag("keepHalf", keepHalf);
  checkFlag("skipBadLines", skipBadLines);
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

async function read(source: Source, file: OpenFile, options: CheckedOptions): Promise<ImportedTable> {
  let reader = new ByteReader(file.name, file.stream());
  let size = file.size;
  try {
    let found = await detect(reader);
    const gzip = found.format === "gzip";
    if (gzip) {
      size = undefined;
      reader = new ByteReader(`${file.name} (unpacked)`, gunzip(file.name, drain(reader), options.maxExpansion));
      found = await detect(reader);
    }
    switch (found.format) {
      case "npy":
        return await arrays(found.format, gzip, importNpy(reader, size, options), options);
      case "safetensors":
        return await arrays(found.format, gzip, importSafetensors(reader, size, options), options);
      case "npz": {
        const archive = file.readAt && !gzip ? file : { ...file, size: undefined, readAt: undefined, stream: () => drain(reader) };
        return await arrays(found.format, gzip, importNpz(archive, options), options);
      }
      case "rowan":
        // What lies at a place is read by parts of it; a stream has begun already.
        return await arrays(found.format, gzip, importCheckpoint(file.readAt && !gzip ? source : drain(reader), options), options);
      case "gzip":
        throw new FormatError(`${reader.name} must hold vectors. Received: gzip inside of gzip. Unpack it once.`);
      default:
        return await texts(file.name, gzip, found, await readWords(reader, found, options, size), options);
    }
  } finally {
    await reader.cancel();
  }
}

type TextFormat = Exclude<Detected, { format: "gzip" | "npy" | "npz" | "rowan" | "safetensors" }>;

async function readWords(reader: ByteReader, found: TextFormat, options: CheckedOptions, size: number | undefined): Promise<WordRows> {
  if (found.format === "glove") return readText(reader, { promised: undefined, dim: found.dim }, options, size);
  await reader.take(found.headerBytes, "the first line");
  return (found.format === "word2vec" ? readText : readBinary)(reader, found, options, size);
}

async function texts(name: string, gzip: boolean, found: TextFormat, rows: WordRows, options: CheckedOptions): Promise<ImportedTable> {
  const { words, builder, duplicates, badLines, notFinite, unfinishedLine } = rows;
  if (builder.rows === 0) {
    builder.abort();
    const asked = options.words !== undefined;
    throw new FormatError(
      `${name} must hold at least one row${asked ? " of the words that are asked for" : ""}. Received: none.${asked ? " Words are compared letter by letter, case included." : ""}`,
    );
  }
  const report: ImportReport = {
    format: found.format,
    gzip,
    rows: builder.rows,
    dim: builder.dim,
    stored: found.format === "word2vec-binary" ? "float32" : "text",
    promised: found.format === "glove" ? undefined : found.promised,
    duplicates,
    badLines,
    notFinite,
    unfinishedLine,
  };
  return { table: builder.finish(), vocabulary: words, report };
}

async function arrays(format: TableFormat, gzip: boolean, work: Promise<ArrayTable>, options: CheckedOptions): Promise<ImportedTable> {
  const { table, vocabulary, stored, promised } = await work;
  try {
    if (vocabulary && vocabulary.length !== promised) {
      throw new FormatError(
        `The vocabulary of the file must have one word for each row. Received: ${countOf(vocabulary.length, "word")} for ${countOf(promised, "row")}. Write it again.`,
      );
    }
    const chosen = options.words ? await selectRows(table, vocabulary, options) : { table, words: vocabulary?.slice(0, table.inputDim) };
    if (chosen.table !== table) table.dispose();
    const report: ImportReport = {
      format,
      gzip,
      rows: chosen.table.inputDim,
      dim: table.outputDim,
      stored,
      promised,
      duplicates: { count: 0, first: [] },
      badLines: { count: 0, first: [] },
      notFinite: 0,
      unfinishedLine: false,
    };
    return { table: chosen.table, vocabulary: chosen.words, report };
  } catch (error) {
    table.dispose();
    throw error;
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
