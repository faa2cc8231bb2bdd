import { checkFlag, checkOptions } from "@rowan/api";
import type { DType, NDArray, RowSource, TypedArray } from "@rowan/api";
import type { ByteSink } from "../io/byte-sink.ts";
import { littleEndian } from "../io/little-endian.ts";
import { openTarget } from "../io/open-target.ts";
import type { FileTarget } from "../io/open-target.ts";
import { formatHeader } from "./npy/header.ts";
import { writeNpz as writeMembers } from "./npz/npz-writer.ts";
import { writeTexts } from "./npz/unicode-array.ts";
import { formatSafetensorsHeader, safetensorsDtype } from "./safetensors/header.ts";
import { rowBlocks } from "./table/row-blocks.ts";

/** Arrays by their names. */
export type NamedArrays = ReadonlyMap<string, NDArray> | Readonly<Record<string, NDArray>>;

/** Options of `writeNpz`. */
export interface NpzOptions {
  /** Packs the arrays; false when left out. */
  readonly compress?: boolean;
}

const npzOptionNames = ["compress"] as const satisfies readonly (keyof NpzOptions)[];

/** Options of `writeSafetensors`. */
export interface SafetensorsOptions {
  /** Texts for `__metadata__`; none when left out. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const safetensorsOptionNames = ["metadata"] as const satisfies readonly (keyof SafetensorsOptions)[];

const descrs: Readonly<Record<DType, string>> = { float32: "<f4", int32: "<i4", uint8: "|u1", int8: "|i1", bool: "|b1" };
const pieceElements = 1 << 18;

/**
 * Writes an array as a `.npy` file, byte for byte as NumPy does.
 *
 * @param array - Of any shape and dtype.
 * @param target - A path, where the file appears when all of it is written, or a WritableStream.
 */
export async function writeNpy(array: NDArray, target: FileTarget): Promise<void> {
  await withSink(target, async (sink) => {
    for (const piece of npyPieces(array)) await sink.write(piece);
  });
}

/**
 * Writes arrays as a `.npz` file, as `numpy.savez` and `numpy.savez_compressed` do.
 *
 * @param arrays - By their names.
 * @param target - A path, where the file appears when all of it is written, or a WritableStream.
 * @param options - `compress`: pack the arrays.
 * @throws InvalidArgumentError for an option that does not exist or cannot be.
 */
export async function writeNpz(arrays: NamedArrays, target: FileTarget, options: NpzOptions = {}): Promise<void> {
  checkOptions("writeNpz", options, "{ compress: true }", npzOptionNames);
  const compress = checkFlag("compress", options.compress ?? false);
  const members = entriesOf(arrays).map(([name, array]) => ({ name, pieces: npyPieces(array) }));
  await withSink(target, (sink) => writeMembers(sink, members, compress));
}

/**
 * Writes arrays as a safetensors file.
 *
 * @param arrays - By their names.
 * @param target - A path, where the file appears when all of it is written, or a WritableStream.
 * @param options - `metadata`: texts for `__metadata__`.
 * @throws InvalidArgumentError for an option that does not exist.
 */
export async function writeSafetensors(arrays: NamedArrays, target: FileTarget, options: SafetensorsOptions = {}): Promise<void> {
  checkOptions("writeSafetensors", options, '{ metadata: { source: "mine" } }', safetensorsOptionNames);
  const entries = entriesOf(arrays);
  const tensors = entries.map(([name, { dtype, shape }]) => ({ name, dtype: safetensorsDtype(dtype), shape }));
  const header = formatSafetensorsHeader(tensors, new Map(Object.entries(options.metadata ?? {})));
  await withSink(target, async (sink) => {
    await sink.write(header);
    for (const [, { data }] of entries) for (const piece of pieces(data)) await sink.write(piece);
  });
}

/**
 * Writes the rows of a table as a `.npy` file.
 *
 * @param sink - Where it goes.
 * @param table - The rows.
 */
export async function writeTableNpy(sink: ByteSink, table: RowSource): Promise<void> {
  for await (const piece of tableNpy(table)) await sink.write(piece);
}

/**
 * Writes the rows of a table as a `.npz` file: the array `embeddings`, and `vocabulary` where there are words.
 *
 * @param sink - Where it goes.
 * @param table - The rows.
 * @param words - One word a row.
 * @param compress - Pack them.
 */
export async function writeTableNpz(
  sink: ByteSink,
  table: RowSource,
  words: readonly string[] | undefined,
  compress: boolean,
): Promise<void> {
  const members = [{ name: "embeddings", pieces: tableNpy(table) }, ...(words ? [{ name: "vocabulary", pieces: writeTexts(words) }] : [])];
  await writeMembers(sink, members, compress);
}

/**
 * Writes the rows of a table as a safetensors file: the tensor `embeddings`, and the words as a JSON array in `__metadata__`.
 *
 * @param sink - Where it goes.
 * @param table - The rows.
 * @param words - One word a row.
 */
export async function writeTableSafetensors(sink: ByteSink, table: RowSource, words: readonly string[] | undefined): Promise<void> {
  const tensors = [{ name: "embeddings", dtype: "F32", shape: [table.inputDim, table.outputDim] }];
  await sink.write(formatSafetensorsHeader(tensors, new Map(words ? [["vocabulary", JSON.stringify(words)]] : [])));
  for await (const { values } of rowBlocks(table)) await sink.write(littleEndian.bytesOf(values));
}

async function* tableNpy(table: RowSource): AsyncGenerator<Uint8Array> {
  yield formatHeader("<f4", [table.inputDim, table.outputDim]);
  for await (const { values } of rowBlocks(table)) yield littleEndian.bytesOf(values);
}

function* npyPieces({ dtype, shape, data }: NDArray): Generator<Uint8Array> {
  yield formatHeader(descrs[dtype], shape);
  yield* pieces(data);
}

function* pieces(data: TypedArray): Generator<Uint8Array> {
  for (let from = 0; from < data.length; from += pieceElements) yield littleEndian.bytesOf(data.subarray(from, from + pieceElements));
}

function entriesOf(arrays: NamedArrays): [string, NDArray][] {
  return arrays instanceof Map
    ? [...(arrays as ReadonlyMap<string, NDArray>)]
    : Object.entries(arrays as Readonly<Record<string, NDArray>>);
}

async function withSink(target: FileTarget, work: (sink: ByteSink) => Promise<void>): Promise<void> {
  const sink = await openTarget(target);
  try {
    await work(sink);
    await sink.commit();
  } catch (error) {
    await sink.abort(error);
    throw error;
  }
}
