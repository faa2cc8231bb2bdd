import {
  UnknownNameError,
  InvalidArgumentError,
  IndexOutOfRangeError,
  NDArray,
  TextVectorization,
  CheckpointFormatError,
  ShapeMismatchError,
  checkIds,
  checkOptions,
  countOf,
  describeValue,
} from "@rowan/api";
import type { DType, IdsInput, LookupOptions, RowSource } from "@rowan/api";
import { decodeVocabulary } from "../format/header-codec.ts";
import type { Compression, StoredBytes, StoredDType, StoredQuantization, StoredTensor, StoredVocabulary } from "../format/header.ts";
import { rowBytes } from "../format/sizes.ts";
import type { CheckpointReader } from "./checkpoint-reader.ts";
import { defaultVocabulary } from "./collect.ts";
import { decodeRows, hostDType } from "./decode.ts";
import { readScattered } from "./scattered-rows.ts";

/** A tensor of a checkpoint, as `list` tells it. */
export interface TensorInfo {
  readonly name: string;
  /** What the file holds. */
  readonly dtype: StoredDType;
  /** What reading gives: float32 for everything that stands for floats. */
  readonly valueDType: DType;
  readonly shape: readonly number[];
  /** Bytes, uncompressed. */
  readonly bytes: number;
  readonly compression: Compression;
  readonly quantization?: StoredQuantization;
}

/** What a checkpoint says of itself. */
export interface CheckpointMetadata {
  /** What was saved. */
  readonly kind: "model" | "table" | "tensors";
  /** The name of a table's tensor. */
  readonly table?: string;
  /** A model's configuration: the JSON of Keras 3. */
  readonly config?: string;
  /** The optimizer's class and its number of updates. */
  readonly optimizer?: { readonly className: string; readonly iterations: number };
  /** The names of the vocabularies. */
  readonly vocabularies: readonly string[];
  /** What was given to `saveCheckpoint` as `metadata`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The files of its shards. */
  readonly shards: readonly string[];
}

/** What `verify` read. */
export interface VerifyResult {
  readonly tensors: number;
  /** Bytes of tensors and assets, uncompressed. */
  readonly bytes: number;
}

/** An open checkpoint: only what is asked for is read, and nothing is handed out that is not as it was written. */
export class CheckpointFile {
  readonly #reader: CheckpointReader;
  readonly #entries: ReadonlyMap<string, number>;

  /** @param reader - Owned from now on. */
  constructor(reader: CheckpointReader) {
    this.#reader = reader;
    this.#entries = new Map(reader.header.tensors.map(({ name }, index) => [name, index]));
  }

  /**
   * The tensors, in the order of the file.
   *
   * @returns Names, dtypes, shapes, sizes.
   */
  list(): TensorInfo[] {
    return this.#reader.header.tensors.map((tensor) => {
      const { name, dtype, shape, length, compression, quantization } = tensor;
      return { name, dtype, valueDType: hostDType(tensor), shape, bytes: length, compression, ...(quantization && { quantization }) };
    });
  }

  /** What was saved, by whom, with what beside it. */
  get metadata(): CheckpointMetadata {
    const { model, table, notes, assets, shards } = this.#reader.header;
    return {
      kind: model ? "model" : table ? "table" : "tensors",
      ...(table && { table: table.tensor }),
      ...(model && { config: model.config }),
      ...(model?.optimizer && { optimizer: { className: model.optimizer.className, iterations: model.optimizer.iterations } }),
      vocabularies: assets.filter(({ kind }) => kind === "vocabulary").map(({ name }) => name),
      metadata: Object.fromEntries(notes.map(({ key, value }) => [key, value])),
      shards: shards.map(({ file }) => file),
    };
  }

  /**
   * A whole tensor.
   *
   * @param name - As in `list`.
   * @returns Its values; float32 for floats of 16 bits and quantized rows.
   * @throws UnknownNameError when there is none of that name; CheckpointFormatError when its bytes are not as they were written.
   */
  async readTensor(name: string): Promise<NDArray> {
    const { tensor, entry } = this.#find(name);
    const scales = tensor.quantization && (await this.#scalesOf(tensor, (scaled) => this.#reader.readRange(scaled)));
    return decodeRows(tensor, await this.#reader.readRange(entry), tensor.shape, scales);
  }

  /**
   * Rows that lie together; only they are read, in whole chunks of 256 KiB, whose checksums are verified.
   *
   * @param name - As in `list`.
   * @param start - The first row.
   * @param end - The row behind the last.
   * @returns `[end - start, ...]`; float32 for floats of 16 bits and quantized rows.
   * @throws IndexOutOfRangeError when the rows are not there; CheckpointFormatError when their bytes are not as they were written.
   */
  async readRows(name: string, start: number, end: number): Promise<NDArray> {
    const { tensor, entry } = this.#find(name);
    const rows = rowsOf(tensor);
    if (![start, end].every(Number.isInteger) || start < 0 || end < start || end > rows) {
      throw new IndexOutOfRangeError(
        `Rows of "${name}" go from 0 to ${rows}. Received: start=${describeValue(start)}, end=${describeValue(end)}. \`end\` is the row behind the last.`,
      );
    }
    const read = (index: number): Promise<Uint8Array<ArrayBuffer>> => {
      const width = rowBytes(this.#reader.header.tensors[index] as StoredTensor);
      return this.#reader.readRange(index, start * width, end * width);
    };
    const scales = tensor.quantization && (await this.#scalesOf(tensor, read));
    return decodeRows(tensor, await read(entry), [end - start, ...tensor.shape.slice(1)], scales);
  }

  /**
   * Rows by their numbers. Each chunk that holds one of them is read once, whole, and verified.
   *
   * @param name - As in `list`.
   * @param ids - Integers of any shape, in any order, repeated or not.
   * @param options - `invalidIds`: `"throw"` (default), `"zero"` or `"clip"`.
   * @returns `[...ids.shape, ...]`; float32 for floats of 16 bits and quantized rows.
   * @throws IndexOutOfRangeError naming the first bad id.
   */
  async readRowsById(name: string, ids: IdsInput, options: Pick<LookupOptions, "invalidIds"> = {}): Promise<NDArray> {
    checkOptions("readRowsById", options, '{ invalidIds: "zero" }', ["invalidIds"] satisfies (keyof LookupOptions)[]);
    const { tensor, entry } = this.#find(name);
    const checked = checkIds(ids, rowsOf(tensor), options.invalidIds ?? "throw");
    const read = (index: number): Promise<Uint8Array<ArrayBuffer>> => readScattered(this.#reader, index, checked.data);
    const scales = tensor.quantization && (await this.#scalesOf(tensor, read));
    const inner = tensor.shape.slice(1);
    const result = decodeRows(tensor, await read(entry), [...checked.shape, ...inner], scales);
    const width = inner.reduce((a, b) => a * b, 1);
    for (const position of checked.zeroed ?? []) result.data.fill(0, position * width, (position + 1) * width);
    return result;
  }

  /**
   * A tensor as rows that can be looked up, for pools and everything else that takes a RowSource.
   *
   * @param name - As in `list`; the only matrix of the file when left out.
   * @returns Rows, as long as this file is open.
   * @throws ShapeMismatchError when the tensor is no matrix.
   */
  rows(name: string = this.#onlyMatrix()): CheckpointRows {
    const { tensor } = this.#find(name);
    if (tensor.shape.length !== 2) {
      throw new ShapeMismatchError(
        `Rows are looked up in a tensor of shape [rows, dim]. Received: "${name}" of shape [${tensor.shape.join(", ")}]. Use readTensor.`,
      );
    }
    return new CheckpointRows(this, name, tensor.shape as readonly [number, number]);
  }

  /**
   * The words of a vocabulary, in the order of their ids.
   *
   * @param name - As in `metadata.vocabularies`; `"vocabulary"` when left out.
   * @returns The words.
   * @throws UnknownNameError when there is none of that name.
   */
  async readVocabulary(name: string = defaultVocabulary): Promise<readonly string[]> {
    return (await this.#vocabulary(name)).words;
  }

  /**
   * The TextVectorization that was saved, with its vocabulary.
   *
   * @param name - As in `metadata.vocabularies`; `"vocabulary"` when left out.
   * @returns A new one that gives the same numbers.
   * @throws InvalidArgumentError when a mere list of words was saved.
   */
  async readTextVectorization(name: string = defaultVocabulary): Promise<TextVectorization> {
    const { words, textConfig, idfWeights } = await this.#vocabulary(name);
    if (textConfig === "") {
      throw new InvalidArgumentError(
        `The vocabulary "${name}" must have been saved with a TextVectorization. Received: a list of ${countOf(words.length, "word")}. Use readVocabulary, and hand the words to setVocabulary of one that you make.`,
      );
    }
    let made: TextVectorization;
    try {
      made = TextVectorization.fromConfig(JSON.parse(textConfig) as Record<string, unknown>);
      if (words.length > 0) made.setVocabulary(words, idfWeights.length > 0 ? idfWeights : undefined);
    } catch (cause) {
      throw new CheckpointFormatError(
        `The vocabulary "${name}" of ${this.#reader.name} must be one of a TextVectorization. Received: ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause },
      );
    }
    return made;
  }

  /**
   * Reads everything and checks it against its checksums.
   *
   * @returns How much there is.
   * @throws CheckpointFormatError with the first place that is not as it was written.
   */
  async verify(): Promise<VerifyResult> {
    const { entries, header } = this.#reader;
    await this.#reader.readEverything(() => undefined);
    for (const name of this.metadata.vocabularies) await this.#vocabulary(name);
    return { tensors: header.tensors.length, bytes: entries.reduce((total, { length }) => total + length, 0) };
  }

  /** Closes the file; reading afterwards is an error. */
  async close(): Promise<void> {
    await this.#reader.close();
  }

  #find(name: string): { tensor: StoredTensor; entry: number } {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return { tensor: this.#reader.header.tensors[entry] as StoredTensor, entry };
    const names = this.#reader.header.tensors.map((tensor) => tensor.name);
    const shown = names.slice(0, 12).map((known) => `"${known}"`);
    throw new UnknownNameError(
      `There is no tensor ${describeValue(name)} in ${this.#reader.name}. It has ${shown.join(", ")}${names.length > shown.length ? ` and ${names.length - shown.length} more` : ""}.`,
    );
  }

  #onlyMatrix(): string {
    const { table, tensors } = this.#reader.header;
    if (table) return table.tensor;
    const helpers = new Set(tensors.flatMap(({ quantization }) => (quantization ? [quantization.scales, quantization.zeros] : [])));
    const matrices = tensors.filter(({ shape, name }) => shape.length === 2 && !helpers.has(name));
    const [only] = matrices;
    if (matrices.length === 1 && only) return only.name;
    throw new InvalidArgumentError(
      `\`name\` must say which tensor. Received: nothing, for ${matrices.length} matrices: ${matrices
        .slice(0, 12)
        .map(({ name }) => `"${name}"`)
        .join(", ")}.`,
    );
  }

  /** What makes floats of the rows that `read` reads. */
  async #scalesOf(
    { quantization }: StoredTensor,
    read: (entry: number) => Promise<Uint8Array<ArrayBuffer>>,
  ): Promise<{ scales: Float32Array; zeros: Int8Array | undefined }> {
    const { scales, zeros } = quantization as StoredQuantization;
    const floats = await read(this.#entries.get(scales) as number);
    const integers = zeros === "" ? undefined : await read(this.#entries.get(zeros) as number);
    return { scales: new Float32Array(floats.buffer), zeros: integers && new Int8Array(integers.buffer) };
  }

  async #vocabulary(name: string): Promise<StoredVocabulary> {
    const { tensors, assets } = this.#reader.header;
    const index = assets.findIndex((asset) => asset.name === name && asset.kind === "vocabulary");
    if (index < 0) {
      const names = assets.map((asset) => `"${asset.name}"`).join(", ");
      throw new UnknownNameError(`There is no vocabulary ${describeValue(name)} in ${this.#reader.name}. It has ${names || "none"}.`);
    }
    return decodeVocabulary(await this.#reader.readRange(tensors.length + index));
  }
}

/** Rows of an open checkpoint, read as they are looked up. */
export class CheckpointRows implements RowSource {
  /** The number of rows. */
  readonly inputDim: number;
  /** The number of values in a row. */
  readonly outputDim: number;
  readonly #file: CheckpointFile;
  readonly #name: string;

  /**
   * @param file - Stays open as long as rows are looked up.
   * @param name - The tensor.
   * @param shape - Its shape.
   */
  constructor(file: CheckpointFile, name: string, shape: readonly [number, number]) {
    this.#file = file;
    this.#name = name;
    [this.inputDim, this.outputDim] = shape;
  }

  /**
   * Rows by their numbers, read from the file.
   *
   * @param ids - Integers `0 .. inputDim - 1` in any shape.
   * @param options - `out`: memory for the rows; `invalidIds`.
   * @returns Float32 `[...ids.shape, outputDim]`.
   */
  async lookup(ids: IdsInput, options: LookupOptions = {}): Promise<NDArray> {
    checkOptions("lookup", options, '{ invalidIds: "zero" }', ["out", "invalidIds"] satisfies (keyof LookupOptions)[]);
    const { out, invalidIds } = options;
    const rows = await this.#file.readRowsById(this.#name, ids, invalidIds === undefined ? {} : { invalidIds });
    const values = rows.astype("float32");
    if (out === undefined) return values;
    const target = out instanceof NDArray ? out.data : out;
    if (!(target instanceof Float32Array) || target.length !== values.size) {
      throw new ShapeMismatchError(`\`out\` must have ${values.size} float32 elements. Received: ${describeValue(out)}.`);
    }
    target.set(values.data);
    return out instanceof NDArray ? out : new NDArray(target, values.shape);
  }
}

function rowsOf({ name, shape }: Pick<StoredTensor, "name" | "shape"> & Partial<StoredBytes>): number {
  const [rows] = shape;
  if (rows !== undefined) return rows;
  throw new ShapeMismatchError(`Rows are read from a tensor with at least one axis. Received: "${name}", a scalar. Use readTensor.`);
}
