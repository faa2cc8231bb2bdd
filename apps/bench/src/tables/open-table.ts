import { open, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { EmbeddingTable } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { importTable, loadCheckpoint, openCheckpoint } from "@rowan/serialize";
import type { CheckpointFile, ImportOptions } from "@rowan/serialize";
import { countOf } from "../format.ts";
import { FileError, UsageError } from "../failure.ts";
import { openStream } from "../files/open-stream.ts";

/** A table out of a file, in memory. */
export interface OpenedTable {
  readonly table: EmbeddingTable;
  /** The words of its rows, where the file has them. */
  readonly words: readonly string[] | undefined;
  /** What kind of file it was. */
  readonly format: string;
  /** Lines of a text that were passed over. */
  readonly badLines: number;
}

/** Formats that hold one table and no names. */
const single: ReadonlySet<string> = new Set(["npy", "word2vec", "word2vec-binary", "glove", "fasttext"]);

/** How a checkpoint begins, behind a byte that no text has. */
const magic = "ROWAN\r\n";

/**
 * Whether a file is a checkpoint, by its first bytes. A pipe never counts as one: what it has given it does not give again, and it is read
 * once, from its beginning to its end.
 *
 * @param path - The file.
 */
export async function isCheckpoint(path: string): Promise<boolean> {
  if (!(await stat(path)).isFile()) return false;
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(8), 0, 8, 0);
    return Buffer.from(buffer.subarray(1, bytesRead)).toString("latin1") === magic;
  } finally {
    await file.close();
  }
}

/**
 * Reads a table: of a checkpoint, or of any format of other tools.
 *
 * @param path - The file.
 * @param options - `tensor`: which one, where there are several; `skipBadLines` for texts; `backend`: where the rows shall live.
 * @throws FileError when there is no matrix, or several and none was named; FormatError when the file is damaged.
 */
export async function openTable(
  path: string,
  options: Pick<ImportOptions, "tensor" | "skipBadLines"> & { readonly backend?: Backend } = {},
): Promise<OpenedTable> {
  const backend = options.backend ?? (await createCpuBackend());
  if (!(await isCheckpoint(path))) {
    const stats = await stat(path);
    const source = stats.isFile() ? path : (Readable.toWeb(openStream(path, stats)) as ReadableStream<Uint8Array>);
    const { table, vocabulary, report } = await importTable(source, { ...options, backend }).catch((error: unknown) => {
      throw inOwnTerms(error, path, options.skipBadLines !== undefined);
    });
    if (options.tensor !== undefined && single.has(report.format)) {
      throw new UsageError(
        `--tensor is for files with several arrays. Received: --tensor ${options.tensor} for ${path} (${report.format}). Leave it out.`,
      );
    }
    return { table, words: vocabulary, format: report.format, badLines: report.badLines.count };
  }
  const file = await openCheckpoint(path);
  try {
    const name = options.tensor ?? chooseMatrix(file, path);
    // A table goes to its place piece by piece; of a model's one matrix there is a copy on the way.
    const table =
      name === file.metadata.table
        ? await loadCheckpoint(path, { as: "table", backend })
        : EmbeddingTable.from(await file.readTensor(name), { backend });
    return { table, words: await readWords(file, table.inputDim), format: "rowan", badLines: 0 };
  } finally {
    await file.close();
  }
}

/** The library speaks of options as programs write them. */
function inOwnTerms(error: unknown, path: string, hasOption: boolean): unknown {
  const remedy = "pass { skipBadLines: true }";
  if (!(error instanceof Error) || !error.message.includes(remedy)) return error;
  const own = hasOption ? "pass --skip-bad-lines" : `run rowan convert ${path} ANOTHER --skip-bad-lines`;
  return new FileError(error.message.replace(remedy, own), { cause: error });
}

/** The table, or the only matrix, or the one that is named as tables of layers are. */
function chooseMatrix(file: CheckpointFile, path: string): string {
  const { table } = file.metadata;
  if (table !== undefined) return table;
  const matrices = file
    .list()
    .filter(({ name, shape, valueDType }) => shape.length === 2 && valueDType === "float32" && !name.startsWith("optimizer/"));
  const named = matrices.filter(({ name }) => /(^|\/)(embeddings|vectors)$/.test(name));
  const [only, ...more] = named.length > 0 ? named : matrices;
  if (only === undefined) throw new FileError(`${path} must hold a table of shape (rows, dim). Received: no matrix of floats.`);
  if (more.length > 0) {
    throw new FileError(
      `${path} holds several tables: ${[only, ...more].map(({ name }) => name).join(", ")}. Choose one: --tensor ${only.name}.`,
    );
  }
  return only.name;
}

async function readWords(file: CheckpointFile, rows: number): Promise<readonly string[] | undefined> {
  for (const name of file.metadata.vocabularies) {
    const words = await file.readVocabulary(name);
    if (words.length <= rows) return words;
  }
  return undefined;
}

/**
 * The row of a word.
 *
 * @param words - The table's vocabulary, where it has one.
 * @param word - What was asked for.
 * @param path - The file, for the message.
 * @throws UsageError when there is no vocabulary, or no such word in it.
 */
export function findWord(words: readonly string[] | undefined, word: string, path: string): number {
  if (words === undefined) throw new UsageError(`${path} has no words. Received: --word ${word}. Use --id, the number of a row.`);
  const id = words.indexOf(word);
  if (id >= 0) return id;
  const lower = words.indexOf(word.toLowerCase());
  const hint = lower >= 0 ? ` It has ${JSON.stringify(words[lower])}.` : "";
  throw new UsageError(
    `${path} must have the word. Received: ${JSON.stringify(word)}, which is not among its ${countOf(words.length, "word", "words")}.${hint}`,
  );
}
