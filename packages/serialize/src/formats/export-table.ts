import { InvalidArgumentError, ShapeMismatchError, checkOptions, describeValue } from "@rowan/api";
import type { RowSource } from "@rowan/api";
import { gzipSink } from "./io/gzip-sink.ts";
import { openSink } from "./io/open-sink.ts";
import type { SinkInput } from "./io/open-sink.ts";
import { writeText } from "./text/write-text.ts";
import { writeBinary } from "./word2vec/write-binary.ts";

/** The formats that tables are written in. `"fasttext"` is the text of word2vec under the name of `.vec` files. */
export type ExportFormat = "word2vec" | "word2vec-binary" | "glove" | "fasttext";

/** Options of `exportTable`. */
export interface ExportOptions {
  /** By the ending of the path where it is left out: `.w2v` or `.bin`, `.vec`, `.txt` (word2vec's text), each with `.gz` too. */
  readonly format?: ExportFormat;
  /** One word a row. */
  readonly vocabulary?: readonly string[];
  /** Pack it with gzip; by the ending `.gz` of the path where it is left out. */
  readonly gzip?: boolean;
}

const optionNames = ["format", "vocabulary", "gzip"] as const satisfies readonly (keyof ExportOptions)[];

/** Formats by the ending of a file's name. */
const endings: Readonly<Record<string, ExportFormat>> = {
  bin: "word2vec-binary",
  w2v: "word2vec-binary",
  vec: "fasttext",
  txt: "word2vec",
};
const formats: readonly ExportFormat[] = ["word2vec", "word2vec-binary", "glove", "fasttext"];

/**
 * Writes a table for another tool. The rows are read and written a megabyte at a time.
 *
 * @param table - `[rows, dim]`: a table, a quantized one too (its rows become floats), or anything that serves rows.
 * @param target - A path, where the file appears when all of it is written, or a WritableStream.
 * @param options - The format, and the words of the rows.
 * @throws InvalidArgumentError for a format that is not known, and for words that the format cannot hold; ShapeMismatchError where there
 *   are not as many words as rows. Nothing is written then.
 * @example
 * await exportTable(table, "vectors.vec.gz", { vocabulary: words.getVocabulary() });
 */
export async function exportTable(table: RowSource, target: SinkInput, options: ExportOptions = {}): Promise<void> {
  checkOptions("exportTable", options, '{ format: "word2vec" }', optionNames);
  const path = typeof target === "string" || target instanceof URL ? String(target) : undefined;
  const gzip = options.gzip ?? path?.endsWith(".gz") ?? false;
  const format = chooseFormat(options.format, path);
  const words = checkVocabulary(table, format, options.vocabulary);
  const plain = await openSink(target);
  const sink = gzip ? gzipSink(plain) : plain;
  try {
    if (format === "word2vec-binary") await writeBinary(sink, table, words);
    else await writeText(sink, table, words, format !== "glove");
    await sink.close();
  } catch (error) {
    await sink.abort(error);
    throw error;
  }
}

function chooseFormat(format: ExportFormat | undefined, path: string | undefined): ExportFormat {
  if (format !== undefined) {
    if (formats.includes(format)) return format;
    throw new InvalidArgumentError(`\`format\` must be one of ${formats.join(", ")}. Received: format=${describeValue(format)}.`);
  }
  const ending = /\.(\w+)(?:\.gz)?$/.exec(path ?? "")?.[1]?.toLowerCase() ?? "";
  const known = Object.hasOwn(endings, ending) ? endings[ending] : undefined;
  if (known) return known;
  throw new InvalidArgumentError(
    `exportTable takes the format from the ending of the path (${Object.keys(endings).join(", ")}) or from \`format\`. Received: ${describeValue(path ?? "a stream")}. Pass { format: "word2vec" }, or another of ${formats.join(", ")}.`,
  );
}

function checkVocabulary(table: RowSource, format: ExportFormat, vocabulary: readonly string[] | undefined): readonly string[] {
  if (vocabulary === undefined)
    throw new InvalidArgumentError(
      `The format ${format} has a word in front of every row. Received: vocabulary=undefined. Pass { vocabulary: words }.`,
    );
  if (vocabulary.length !== table.inputDim)
    throw new ShapeMismatchError(
      `\`vocabulary\` must have one word for each of the ${table.inputDim} rows. Received: ${vocabulary.length} words.`,
    );
  const seen = new Set<string>();
  for (const [row, word] of vocabulary.entries()) {
    const fault = wordFault(word, seen);
    if (fault !== undefined)
      throw new InvalidArgumentError(`A word in the format ${format} must ${fault}. Received: vocabulary[${row}]=${describeValue(word)}.`);
    seen.add(word);
  }
  return vocabulary;
}

/** Blanks end a word for those who read these formats. */
function wordFault(word: unknown, seen: ReadonlySet<string>): string | undefined {
  if (typeof word !== "string") return "be a text";
  if (/[ \t\n\r\v\f]/.test(word)) return 'have no blanks and line ends, which end a word there: write "_" for them';
  if (/\p{Surrogate}/u.test(word)) return "be well-formed Unicode";
  return seen.has(word) ? "be there once" : undefined;
}
