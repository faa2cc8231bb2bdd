import type { Backend } from "../backend/backend.ts";
import type { QuantizedKind } from "../backend/quantized-rows.ts";
import { defaultBackend } from "../backend/registry.ts";
import { checkOptions } from "../check-options.ts";
import { InvalidArgumentError, ShapeMismatchError, UnsupportedOpError, describeValue } from "../errors.ts";
import { Constant, getInitializer } from "../initializers/index.ts";
import type { InitializerIdentifier } from "../initializers/index.ts";
import { checkIds, checkRowCount } from "../tensor/ids.ts";
import type { IdsInput } from "../tensor/ids.ts";
import { NDArray } from "../tensor/ndarray.ts";
import type { NestedArray } from "../tensor/ndarray.ts";
import { scope } from "../tensor/scope.ts";
import { checkPositiveInteger, formatShape, sameShape } from "../tensor/shape.ts";
import type { Shape } from "../tensor/shape.ts";
import { checkBags } from "./bags.ts";
import { lookupRows } from "./lookup-rows.ts";
import { mostSimilar } from "./most-similar.ts";
import type { MostSimilarOptions, Neighbour, SimilarityQueries } from "./most-similar.ts";
import { BackendArray, deliverRows } from "./output.ts";
import { checkQuantization } from "./quantization/quantization.ts";
import type { Quantization, QuantizeOptions } from "./quantization/quantization.ts";
import { quantizeTensor } from "./quantization/quantize-tensor.ts";
import { readQuantizedData, uploadQuantizedData } from "./quantization/quantized-data.ts";
import type { QuantizedData } from "./quantization/quantized-data.ts";
import type { QuantizedTensors } from "./quantization/quantized-tensors.ts";
import { bagsInputNames, lookupOptionNames } from "./row-source.ts";
import type { BagsInput, LookupOptions, RowSource } from "./row-source.ts";
import { reduceRows } from "./stored-rows.ts";
import { Variable } from "./variable.ts";
import { Tensor, hostVector } from "../tensor/tensor.ts";

/** Options of `EmbeddingTable.create`. */
export interface TableOptions {
  /** The number of rows. */
  readonly inputDim: number;
  /** The number of values in a row. */
  readonly outputDim: number;
  /** How the rows start; `"uniform"`, Keras' default, when left out. */
  readonly initializer?: InitializerIdentifier;
  /** The seed of the default initializer. */
  readonly seed?: number;
  /** Where the rows live; the default backend at the first use when left out. */
  readonly backend?: Backend;
  readonly name?: string;
}

const tableOptionNames = [
  "inputDim",
  "outputDim",
  "initializer",
  "seed",
  "backend",
  "name",
] as const satisfies readonly (keyof TableOptions)[];

/** Options of `EmbeddingTable.from`. */
export interface VectorsOptions {
  /** `[rows, dim]`, of flat values. */
  readonly shape?: Shape;
  /** Where the rows live; the default backend at the first use when left out. */
  readonly backend?: Backend;
  readonly name?: string;
}

const vectorsOptionNames = ["shape", "backend", "name"] as const satisfies readonly (keyof VectorsOptions)[];
const storedOptionNames = ["backend", "name"] as const satisfies readonly (keyof VectorsOptions)[];

/** Rows without a model: `inputDim` vectors of `outputDim` float32 values, looked up by their number. */
export class EmbeddingTable implements RowSource {
  /** The rows as a variable, for optimizers and layers. */
  readonly variable: Variable;
  readonly #backend: Backend | undefined;

  /**
   * Makes a table around a variable of its own.
   *
   * @param variable - A `[inputDim, outputDim]` variable that is a table.
   * @param backend - Where it shall live; the default backend at the first use when left out.
   */
  constructor(variable: Variable, backend?: Backend) {
    if (!((variable as unknown) instanceof Variable)) {
      throw new InvalidArgumentError(
        `An EmbeddingTable is made around a table variable. Received: ${describeValue(variable)}. Use EmbeddingTable.create or EmbeddingTable.from.`,
      );
    }
    if (variable.shape.length !== 2 || !variable.isTable) {
      throw new InvalidArgumentError(
        `An EmbeddingTable needs a table variable of shape [inputDim, outputDim]. Received: shape ${formatShape(variable.shape)}. Use EmbeddingTable.create or EmbeddingTable.from.`,
      );
    }
    this.variable = variable;
    this.#backend = backend;
  }

  /**
   * A table with initial values.
   *
   * @param options - Its size, initializer, seed, backend and name.
   * @returns The table.
   * @throws InvalidArgumentError when a dimension is not a positive integer.
   */
  static create(options: TableOptions): EmbeddingTable {
    checkOptions("EmbeddingTable.create", options, "{ inputDim: 10, outputDim: 4 }", tableOptionNames);
    const shape = [checkRowCount(options.inputDim), checkPositiveInteger("outputDim", options.outputDim)];
    const initializer = getInitializer(options.initializer ?? { className: "RandomUniform", config: { seed: options.seed ?? null } });
    return new EmbeddingTable(new Variable({ name: options.name ?? "embeddings", shape, initializer, isTable: true }), options.backend);
  }

  /**
   * A table of vectors that exist.
   *
   * @param vectors - `[rows, dim]` nested arrays or an NDArray, or flat values with `shape`. Copied.
   * @param options - `shape` of flat values, `backend`, `name`.
   * @returns The table.
   * @throws ShapeMismatchError when the values are not a matrix.
   */
  static from(vectors: Float32Array | NDArray | NestedArray, options: VectorsOptions = {}): EmbeddingTable {
    checkOptions("EmbeddingTable.from", options, "{ shape: [rows, dim] }", vectorsOptionNames);
    const given = NDArray.from(vectors, "float32");
    const values = options.shape ? given.reshape(options.shape) : given;
    if (values.rank !== 2 || values.size === 0) {
      throw new ShapeMismatchError(
        `Vectors must have the shape [rows, dim] with at least one row and one value. Received: shape ${formatShape(values.shape)}. Pass { shape: [rows, dim] } with flat values.`,
      );
    }
    const variable = new Variable({
      name: options.name ?? "embeddings",
      shape: values.shape,
      initializer: new Constant({ value: 0 }),
      isTable: true,
    });
    variable.assign(values);
    return new EmbeddingTable(variable, options.backend);
  }

  /** The number of rows; ids are `0 .. inputDim - 1`. */
  get inputDim(): number {
    return this.variable.shape[0] as number;
  }

  /** The number of values in a row. */
  get outputDim(): number {
    return this.variable.shape[1] as number;
  }

  /** All rows on their backend, which is chosen at the first use; rows in training are brought up to date. UnsupportedOpError when quantized. */
  get tensor(): Tensor {
    return this.variable.isMaterialized ? this.variable.value : this.variable.materialize(this.#backend);
  }

  /** The backend of the rows, which is chosen at the first use. */
  get backend(): Backend {
    return this.variable.backend ?? this.variable.materialize(this.#backend).backend;
  }

  /**
   * Rows by their numbers.
   *
   * @param ids - Integers `0 .. inputDim - 1` in any shape.
   * @param options - `out`: memory for the rows; `invalidIds`: `"throw"` (default), `"zero"` or `"clip"`.
   * @returns Float32 `[...ids.shape, outputDim]`.
   * @throws IndexOutOfRangeError naming the first bad id; ShapeMismatchError when `out` has another size.
   */
  async lookup(ids: IdsInput, options: LookupOptions = {}): Promise<NDArray> {
    return lookupRows(this, ids, options);
  }

  /**
   * One vector for each bag of ids.
   *
   * @param bags - Ids with CSR offsets, one array a bag, or a rectangle; mode, weights, padding index.
   * @param options - `out` and `invalidIds` (`"zero"`: such an id takes no part).
   * @returns Float32 `[bags, outputDim]`; an empty bag gives zeros.
   * @throws InvalidArgumentError for offsets or modes that cannot be; IndexOutOfRangeError for bad ids.
   */
  async lookupBags(bags: BagsInput, options: LookupOptions = {}): Promise<NDArray> {
    checkOptions("lookupBags", bags, "{ ids: [[1, 2], [3]] }", bagsInputNames);
    checkOptions("lookupBags", options, '{ invalidIds: "zero" }', lookupOptionNames);
    const { backend, variable } = this;
    const { invalidIds = "throw" } = options;
    const { ids, offsets, weights, mode } = checkBags(bags, this.inputDim, invalidIds, backend);
    const count = offsets.length - 1;
    return deliverRows(backend, [count, this.outputDim], count, options.out, (from, to, into) => {
      const start = offsets[from] as number;
      const end = offsets[to] as number;
      const selection = variable.currentRows(ids.subarray(start, end));
      return reduceRows({
        source: selection.source,
        ids: hostVector(backend, selection.ids),
        offsets: hostVector(backend, offsetsFrom(offsets.subarray(from, to + 1), start)),
        mode,
        ...(weights && { weights: hostVector(backend, weights.subarray(start, end)) }),
        ...(into && { into }),
      });
    });
  }

  /**
   * The nearest rows, by exhaustive search.
   *
   * @param query - A row's id (it is left out of the result) or a vector of `outputDim` values.
   * @param options - `k` (10), `metric` (`"cosine"`, `"dot"` or `"euclidean"`), `exclude`: ids to leave out.
   * @returns The best first. The score of `"euclidean"` is the distance, smallest first.
   */
  async mostSimilar(query: number | ArrayLike<number> | NDArray, options: MostSimilarOptions = {}): Promise<Neighbour[]> {
    const queries = typeof query === "number" ? [query] : [query instanceof NDArray ? query.astype("float32").data : query];
    const [neighbours] = await mostSimilar(this, queries, options);
    return neighbours as Neighbour[];
  }

  /**
   * The nearest rows to each of several queries, in one pass over the table.
   *
   * @param queries - Ids of rows (an array or an int32 NDArray `[q]`; each is left out of its own result), or vectors `[q, outputDim]`.
   * @param options - As in `mostSimilar`; `exclude` holds for all queries.
   * @returns For each query its neighbours, the best first.
   * @throws IndexOutOfRangeError for a bad id; ShapeMismatchError for vectors of another length.
   */
  async mostSimilarBatch(queries: SimilarityQueries, options: MostSimilarOptions = {}): Promise<Neighbour[][]> {
    return mostSimilar(this, queries, options);
  }

  /**
   * Overwrites rows.
   *
   * @param ids - Which rows, `[n]`; each at most once.
   * @param rows - Float32 `[n, outputDim]`; a typed array may be flat.
   * @throws IndexOutOfRangeError or ShapeMismatchError before anything is changed.
   */
  async setRows(ids: IdsInput, rows: Float32Array | NDArray | NestedArray): Promise<void> {
    const { backend, variable } = this;
    variable.checkWritable();
    const { data } = checkIds(ids, this.inputDim);
    const values = NDArray.from(rows, "float32");
    const isFlat = (ArrayBuffer.isView(rows) || data.length === 0) && values.size === data.length * this.outputDim;
    if (!isFlat && !sameShape(values.shape, [data.length, this.outputDim])) {
      throw new ShapeMismatchError(
        `\`rows\` must have the shape (${data.length}, ${this.outputDim}), one row for each id. Received: ${formatShape(values.shape)}.`,
      );
    }
    const seen = new Set<number>();
    for (const id of data) {
      if (seen.has(id)) throw new InvalidArgumentError(`\`ids\` of setRows must differ from each other. Received: ${id} more than once.`);
      seen.add(id);
    }
    if (data.length === 0) return;
    // Their skipped steps come before this change, not after it.
    variable.deferred?.settle(data);
    variable.markChanged();
    scope(() => {
      backend.scatter(variable.stored, hostVector(backend, data), Tensor.fromHost(values.reshape([data.length, this.outputDim]), backend));
    });
  }

  /**
   * Changes the number of rows; kept rows keep their values, new ones get initial values. Optimizer state of kept rows stays.
   *
   * @param inputDim - The new number of rows.
   */
  resize(inputDim: number): void {
    this.variable.resize(checkRowCount(inputDim));
  }

  /**
   * Memory for results that needs no second copy.
   *
   * @param count - How many rows, or the shape of the ids.
   * @returns Float32 `[...count, outputDim]`, to be passed as `out`. Call `dispose()` on it when it is no longer needed.
   */
  allocate(count: number | Shape): BackendArray {
    const shape = Array.isArray(count) ? (count as Shape) : [count as number];
    return BackendArray.allocate(this.backend, [...shape, this.outputDim]);
  }

  /**
   * All rows on the host.
   *
   * @returns Float32 `[inputDim, outputDim]`, a copy.
   */
  async read(): Promise<NDArray> {
    return this.variable.read();
  }

  /** How the rows are quantized, or undefined where they are floats. */
  get quantization(): Quantization | undefined {
    return this.variable.quantized?.quantization;
  }

  /**
   * A smaller table with nearly the same rows, in Keras' layout and rounding. This table stays as it is: go on training it, or
   * dispose it. The new one can be looked up and searched, and used by layers that are not trained; its rows are read only.
   *
   * @param kind - `"int8"`: a quarter of the bytes, one scale a row. `"int4"`: an eighth. `"float16"`, `"bfloat16"`: half of them.
   * @param options - `blockSize`, for `"int4"`: how many columns share a scale; 128 when left out.
   * @returns The quantized table, on the same backend.
   * @throws InvalidArgumentError for an unknown kind or a bad block size; UnsupportedOpError for a table that is quantized, and where
   *   the backend cannot hold bytes.
   * @example
   * const small = await table.quantize("int8");
   * table.dispose();
   */
  async quantize(kind: QuantizedKind, options: QuantizeOptions = {}): Promise<EmbeddingTable> {
    const quantization = checkQuantization(kind, options);
    return EmbeddingTable.#around(await quantizeTensor(this.tensor, quantization), this.variable.name);
  }

  /**
   * The rows as a table of floats, which can be trained: what lookups give, not what there was before it was quantized.
   *
   * @returns A new table, on the same backend.
   */
  async dequantize(): Promise<EmbeddingTable> {
    return EmbeddingTable.from(await this.read(), { backend: this.backend, name: this.variable.name });
  }

  /**
   * What a quantized table stores, for checkpoints.
   *
   * @returns Copies, in Keras' layout.
   * @throws UnsupportedOpError for a table of floats.
   */
  async quantizedData(): Promise<QuantizedData> {
    const { quantized } = this.variable;
    if (quantized) return readQuantizedData(quantized);
    throw new UnsupportedOpError(
      `\`quantizedData\` needs a quantized table. Received: "${this.variable.path}", a table of float32. Use read(), or quantize() it first.`,
    );
  }

  /**
   * A quantized table of stored values.
   *
   * @param data - What `quantizedData` gave, or arrays of Keras in the same layout. Copied.
   * @param options - `backend`, the default backend when left out; `name`.
   * @returns The table.
   * @throws InvalidArgumentError, DTypeError or ShapeMismatchError when an array is not what the layout says.
   */
  static fromQuantized(data: QuantizedData, options: { backend?: Backend; name?: string } = {}): EmbeddingTable {
    checkOptions("EmbeddingTable.fromQuantized", options, '{ name: "words" }', storedOptionNames);
    return EmbeddingTable.#around(uploadQuantizedData(data, options.backend ?? defaultBackend()), options.name ?? "embeddings");
  }

  static #around(rows: QuantizedTensors, name: string): EmbeddingTable {
    const variable = new Variable({ name, shape: [rows.rows, rows.dim], initializer: new Constant({ value: 0 }), isTable: true });
    variable.become(rows);
    return new EmbeddingTable(variable, rows.backend);
  }

  /** Gives the memory back; every later use is a DisposedError. */
  dispose(): void {
    this.variable.dispose();
  }
}

/** Offsets of some bags, counted from their first id. */
function offsetsFrom(offsets: Int32Array, start: number): Int32Array {
  if (start === 0) return offsets;
  return offsets.map((offset) => offset - start);
}
