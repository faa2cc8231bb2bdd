import { InvalidArgumentError, ShapeMismatchError, checkFlag, checkOptions, countOf, describeValue } from "@rowan/api";
import type { RowSource } from "@rowan/api";
import type { ByteSink } from "../io/byte-sink.ts";
import { gzipSink } from "../io/gzip-sink.ts";
import { openTarget } from "../io/open-target.ts";
import type { FileTarget } from "../io/open-target.ts";
import { exportEndings, exportFormatOf, exportFormats } from "./export-format.ts";
import type { ExportFormat } from "./export-format.ts";
import { writeText } from "./text/write-text.ts";
import { writeTableNpy, writeTableNpz, writeTableSafetensors } from "./write-arrays.ts";
import { writeBinary } from "./word2vec/write-binary.ts";

/** Options of `exportTable`. */
export interface ExportOptions {
  /** By the ending of the path where it is left out: `.npy`, `.npz`, `.safetensors`, `.w2v` or `.bin`, `.vec`, `.txt` (word2vec's text), each with `.gz` too. */
  readonly format?: ExportFormat;
  /** One word a row. `.npy` has no place for words; `.npz` has them as an array, safetensors as JSON in its metadata. */
  readonly vocabulary?: readonly string[];
  /** Pack it with gzip; by the ending `.gz` of the path where it is left out. */
  readonly gzip?: boolean;
  /** Of `"npz"`: pack the arrays, as `numpy.savez_compressed` does. False when left out. */
  readonly compress?: boolean;
}

const optionNames = ["format", "vocabulary", "gzip", "compress"] as const satisfies readonly (keyof ExportOptions)[];

/**
 * Writes a table for another tool. The rows are read and written a megabyte at a time.
 *
 * @param table - `[rows, dim]`: a table, a quantized one too (its rows become floats), or anything that serves rows.
 * @param target - A path, where the file appears when all of it is written, or a WritableStream.
 * @param options - The format, and the words of the rows.
 * @throws InvalidArgumentError for a format that is not known, a flag that is none, and for words that the format cannot hold; ShapeMismatchError where there
 *   are not as many words as rows. Nothing is written then.
 * @example
 * await exportTable(table, "vectors.vec.gz", { vocabulary: words.getVocabulary() });
 */
export async function exportTable(table: RowSource, target: FileTarget, options: ExportOptions = {}): Promise<void> {
  checkOptions("exportTable", options, '{ format: "word2vec" }', optionNames);
  const path = typeof target === "string" || target instanceof URL ? String(target) : undefined;
  const gzip = checkFlag("gzip", options.gzip ?? path?.endsWith(".gz") ?? false);
  const compress = checkFlag("compress", options.compress ?? false);
  const format = chooseFormat(options.format, path);
  const words = checkVocabulary(table, format, options.vocabulary);
  const plain = await openTarget(target);
  const sink = gzip ? gzipSink(plain) : plain;
  try {
    await write(sink, table, format, words, compress);
    await sink.commit();
  } catch (error) {
    await sink.abort(error);
    throw error;
  }
}

async function write(
  sink: ByteSink,
  table: RowSource,
  format: ExportFormat,
  words: readonly string[] | undefined,
  compress: boolean,
): Promise<void> {
  switch (format) {
    case "npy":
      return writeTableNpy(sink, table);
    case "npz":
      return writeTableNpz(sink, table, words, compress);
    case "safetensors":
      return writeTableSafetensors(sink, table, words);
    case "word2vec-binary":
      return writeBinary(sink, table, words ?? []);
    default:
      return writeText(sink, table, words ?? [], format !== "glove");
  }
}

function chooseFormat(format: ExportFormat | undefined, path: string | undefined): ExportFormat {
  if (format !== undefined) {
    if (exportFormats.includes(format)) return format;
    throw new InvalidArgumentError(`\`format\` must be one of ${exportFormats.join(", ")}. Received: format=${describeValue(format)}.`);
  }
  const known = exportFormatOf(path ?? "");
  if (known) return known;
  throw new InvalidArgumentError(
    `exportTable takes the format from the ending of the path (${Object.keys(exportEndings).join(", ")}) or from \`format\`. Received: ${describeValue(path ?? "a stream")}. Pass { format: "word2vec" }, or another of ${exportFormats.join(", ")}.`,
  );
}

function checkVocabulary(table: RowSource, format: ExportFormat, vocabulary: readonly string[] | undefined): readonly string[] | undefined {
  const isArray = format === "npy" || format === "npz" || format === "safetensors";
  if (vocabulary === undefined && isArray) return undefined;
  if (format === "npy" && vocabulary)
    throw new InvalidArgumentError(
      `A .npy file has no place for words. Received: vocabulary=${describeValue(vocabulary)}. Write "npz" or "safetensors", or leave it out.`,
    );
  if (vocabulary === undefined)
    throw new InvalidArgumentError(
      `The format ${format} has a word in front of every row. Received: vocabulary=undefined. Pass { vocabulary: words }.`,
    );
  if (vocabulary.length !== table.inputDim)
    throw new ShapeMismatchError(
      `\`vocabulary\` must have one word for each row. Received: ${countOf(vocabulary.length, "word")} for ${countOf(table.inputDim, "row")}.`,
    );
  const seen = new Set<string>();
  for (const [row, word] of vocabulary.entries()) {
    const fault = wordFault(word, seen, isArray);
    if (fault !== undefined)
      throw new InvalidArgumentError(`A word in the format ${format} must ${fault}. Received: vocabulary[${row}]=${describeValue(word)}.`);
    seen.add(word);
  }
  return vocabulary;
}

/** Blanks end a word for those who read these formats. */
function wordFault(word: unknown, seen: ReadonlySet<string>, isArray: boolean): string | undefined {
  if (typeof word !== "string") return "be a text";
  if (isArray) {
    if (word.endsWith("\0")) return "not end in a zero character";
  } else if (/[ \t\n\r\v\f]/.test(word)) return 'have no blanks and line ends, which end a word there: write "_" for them';
  if (/\p{Surrogate}/u.test(word)) return "be well-formed Unicode";
  return seen.has(word) ? "be there once" : undefined;
}
