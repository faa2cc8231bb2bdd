import { FormatError, countOf } from "@rowan/api";
import type { EmbeddingTable } from "@rowan/api";
import { readMatrix } from "./arrays/array-form.ts";
import type { ArrayForm } from "./arrays/array-form.ts";
import { widthOf } from "./arrays/element-kinds.ts";
import { readHalfRows } from "./arrays/read-stored-rows.ts";
import type { ByteReader } from "../io/byte-reader.ts";
import type { OpenFile } from "../io/open-file.ts";
import { kindOfHeader, takeHeader } from "./npy/header.ts";
import { openNpz } from "./npz/open-npz.ts";
import { readTexts } from "./npz/unicode-array.ts";
import { takeSafetensorsHeader } from "./safetensors/header.ts";
import { chooseTensor, formOf, skipTo } from "./safetensors/read-tensor.ts";
import type { TableTarget } from "./table/table-builder.ts";

/** What to read of a file of arrays. */
export interface ArrayOptions extends TableTarget {
  /** The name of the array. */
  readonly tensor?: string | undefined;
  readonly limit?: number | undefined;
  readonly keepHalf?: boolean | undefined;
  readonly maxExpansion?: number | undefined;
}

/** A table out of a file of arrays. */
export interface ArrayTable {
  readonly table: EmbeddingTable;
  readonly vocabulary: readonly string[] | undefined;
  readonly stored: string;
  readonly promised: number;
}

async function readRows(reader: ByteReader, form: ArrayForm, options: ArrayOptions, proven: boolean): Promise<EmbeddingTable> {
  if (options.keepHalf === true && (form.kind === "f2" || form.kind === "bf")) return readHalfRows(reader, form, options, options.limit);
  return (await readMatrix(reader, form, options, proven, options.limit)).finish();
}

/**
 * Reads a table from a `.npy` file.
 *
 * @param reader - At its beginning.
 * @param size - Its length in bytes, where it is known.
 * @param options - What to keep.
 * @returns The table.
 * @throws FormatError where it is no matrix of numbers, or is cut off.
 */
export async function importNpy(reader: ByteReader, size: number | undefined, options: ArrayOptions): Promise<ArrayTable> {
  const header = await takeHeader(reader);
  const { shape, fortranOrder, descr, offset } = header;
  const form = { name: reader.name, shape, fortranOrder, ...kindOfHeader(header, reader.name) };
  const needed = offset + shape.reduce((product, extent) => product * extent, widthOf(form.kind));
  if (size !== undefined && size < needed)
    throw new FormatError(
      `${reader.name} is cut off: its header promises ${countOf(needed, "byte")}. Received: ${countOf(size, "byte")}. Write or download it again.`,
    );
  const table = await readRows(reader, form, options, size !== undefined);
  return { table, vocabulary: undefined, stored: descr, promised: shape[0] as number };
}

/**
 * Reads a table from a `.npz` file; an array of texts with the name `vocabulary` or `words` holds the words of its rows.
 *
 * @param file - The file.
 * @param options - What to keep.
 * @returns The table.
 * @throws FormatError where it is damaged or holds no such table.
 */
export async function importNpz(file: OpenFile, options: ArrayOptions): Promise<ArrayTable> {
  const archive = await openNpz(file, options.maxExpansion);
  const wordsName = ["vocabulary", "words"].find((name) => archive.names.includes(name) && name !== options.tensor);
  const names = new Map(archive.names.filter((name) => name !== wordsName).map((name) => [name, undefined]));
  const { reader, size } = archive.open(chooseTensor(names, options.tensor, file.name));
  let imported: ArrayTable;
  try {
    // What a zip says about the size of an array is as good as its header: what is not there is not believed.
    imported = await importNpy(reader, size <= (file.size ?? 0) ? size : undefined, options);
    await expectEnd(reader);
  } finally {
    await reader.cancel();
  }
  if (wordsName === undefined) return imported;
  const texts = archive.open(wordsName);
  try {
    const vocabulary = await readTexts(texts.reader, texts.size);
    return { ...imported, vocabulary };
  } catch (error) {
    imported.table.dispose();
    throw error;
  } finally {
    await texts.reader.cancel();
  }
}

/** The checksum of an entry is behind its last byte. */
async function expectEnd(reader: ByteReader): Promise<void> {
  for (let piece = await reader.next(); piece !== undefined; piece = await reader.next());
}

/**
 * Reads a table from a safetensors file; its metadata hold the words of its rows as a JSON array under `vocabulary`.
 *
 * @param reader - At its beginning.
 * @param size - Its length in bytes, where it is known.
 * @param options - What to keep.
 * @returns The table.
 * @throws FormatError where it is damaged or holds no such table.
 */
export async function importSafetensors(reader: ByteReader, size: number | undefined, options: ArrayOptions): Promise<ArrayTable> {
  const header = await takeSafetensorsHeader(reader, size);
  const name = chooseTensor(new Map([...header.tensors].map(([key, { shape }]) => [key, shape.length])), options.tensor, reader.name);
  const entry = header.tensors.get(name);
  if (!entry) throw new FormatError(`${reader.name} holds no tensor ${name}.`);
  const form = formOf(entry, reader.name);
  const vocabulary = parseVocabulary(header.metadata.get("vocabulary"), reader.name);
  await skipTo(reader, header, entry);
  const table = await readRows(reader, form, options, size !== undefined);
  return { table, vocabulary, stored: entry.dtype, promised: entry.shape[0] as number };
}

function parseVocabulary(text: string | undefined, name: string): readonly string[] | undefined {
  if (text === undefined) return undefined;
  try {
    const words = JSON.parse(text) as unknown;
    if (Array.isArray(words) && words.every((word) => typeof word === "string")) return words;
  } catch {
    // Said below.
  }
  throw new FormatError(
    `${name} must have a JSON array of texts as the vocabulary in its __metadata__. Received: something else. Write it again.`,
  );
}
