import type { Backend } from "@rowan/api";
import { importTable, openCheckpoint } from "@rowan/serialize";
import type { CheckpointFile } from "@rowan/serialize";
import type { ExhibitParts } from "./exhibit.ts";

/** So many rows of a file are taken, and so many values of them: a page has no room for all of GloVe. */
const mostRows = 100_000;
const mostValues = 2 ** 25;
/** The bytes at the start of a checkpoint: 0x89 and the name. */
const magic = [0x89, 0x52, 0x4f, 0x57, 0x41, 0x4e];

/**
 * Reads a table from a file.
 *
 * @param file - A checkpoint of Rowan's, of a table or a model, or what `importTable` reads: word vectors, NumPy arrays, safetensors.
 * @param backend - Where it is put together.
 * @throws CheckpointFormatError or FormatError where it is damaged or something else.
 */
export async function openFile(file: File, backend: Backend): Promise<ExhibitParts> {
  const head = new Uint8Array(await file.slice(0, magic.length).arrayBuffer());
  return magic.every((byte, i) => head[i] === byte) ? readCheckpoint(file) : readWordVectors(file, backend);
}

async function readCheckpoint(file: File): Promise<ExhibitParts> {
  const open = await openCheckpoint(file);
  try {
    const name = chooseMatrix(open);
    const [rows = 0, dim = 0] = open.list().find((tensor) => tensor.name === name)?.shape ?? [];
    const taken = Math.min(rows, mostRowsOf(dim));
    const values = await open.readRows(name, 0, taken);
    const [vocabulary] = open.metadata.vocabularies;
    const words = vocabulary === undefined ? undefined : await open.readVocabulary(vocabulary);
    const fitting = words && words.length >= (values.shape[0] ?? 0) ? words : undefined;
    return {
      title: `${file.name}, ${name}`,
      vectors: new Float32Array(values.data),
      dim,
      words: fitting,
      hidden: paddingOf(fitting),
      ...(taken < rows && { outOf: rows }),
    };
  } finally {
    await open.close();
  }
}

function mostRowsOf(dim: number): number {
  return Math.max(1, Math.min(mostRows, Math.floor(mostValues / Math.max(1, dim))));
}

/** The table, where it is one; of a model the matrix of an embedding, else the largest one. */
function chooseMatrix(open: CheckpointFile): string {
  const matrices = open.list().filter(({ shape }) => shape.length === 2);
  const size = ({ shape }: { readonly shape: readonly number[] }): number => shape.reduce((a, b) => a * b, 1);
  const [largest] = matrices.toSorted((a, b) => size(b) - size(a));
  const chosen = open.metadata.table ?? matrices.find(({ name }) => name.includes("embedding"))?.name ?? largest?.name;
  if (chosen === undefined) throw new Error("The checkpoint has no matrix of rows that could be shown.");
  return chosen;
}

/** The rows of padding and of unknown words, where a vocabulary begins with them. */
function paddingOf(words: readonly string[] | undefined): number[] {
  return words?.[0] === "" && words[1] === "[UNK]" ? [0, 1] : [];
}

async function readWordVectors(file: File, backend: Backend): Promise<ExhibitParts> {
  // How long rows are is known when one was read.
  const { table: sample } = await importTable(file, { limit: 1, backend });
  const dim = sample.outputDim;
  sample.dispose();
  const most = mostRowsOf(dim);
  // One more tells whether there are more.
  const { table, vocabulary } = await importTable(file, { limit: most + 1, backend });
  try {
    const { data } = await table.read();
    const isCut = table.inputDim > most;
    const vectors = new Float32Array(isCut ? data.subarray(0, most * dim) : data);
    return { title: file.name, vectors, dim, words: vocabulary?.slice(0, most), hidden: [], ...(isCut && { outOf: "more" }) };
  } finally {
    table.dispose();
  }
}
