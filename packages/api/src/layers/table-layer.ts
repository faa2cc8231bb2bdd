import type { Backend } from "../backend/backend.ts";
import type { QuantizedKind } from "../backend/quantized-rows.ts";
import { checkOptions } from "../check-options.ts";
import { getConstraint } from "../constraints/index.ts";
import type { Constraint, ConstraintIdentifier } from "../constraints/index.ts";
import { InvalidArgumentError, NotBuiltError, ShapeMismatchError } from "../errors.ts";
import { getInitializer } from "../initializers/index.ts";
import type { Initializer, InitializerIdentifier } from "../initializers/index.ts";
import { getRegularizer } from "../regularizers/index.ts";
import type { Regularizer, RegularizerIdentifier } from "../regularizers/index.ts";
import { serialize } from "../serialized.ts";
import { EmbeddingTable } from "../table/embedding-table.ts";
import { checkQuantization } from "../table/quantization/quantization.ts";
import type { QuantizeOptions } from "../table/quantization/quantization.ts";
import { quantizeTensor } from "../table/quantization/quantize-tensor.ts";
import { checkIds, checkRowCount } from "../tensor/ids.ts";
import { NDArray } from "../tensor/ndarray.ts";
import type { NestedArray } from "../tensor/ndarray.ts";
import { checkPositiveInteger, formatShape } from "../tensor/shape.ts";
import { Layer, layerOptionNames, serializeOrNull } from "./layer.ts";
import type { LayerOptions } from "./layer.ts";

/** Options of every layer that looks rows up in a table of its own. */
export interface TableLayerOptions extends LayerOptions {
  /** The number of rows: the size of the vocabulary. */
  readonly inputDim: number;
  /** The number of values in a row. */
  readonly outputDim: number;
  /** How the rows start; `"uniform"`, from -0.05 to 0.05, when left out. */
  readonly embeddingsInitializer?: InitializerIdentifier;
  readonly embeddingsRegularizer?: RegularizerIdentifier;
  readonly embeddingsConstraint?: ConstraintIdentifier;
  readonly activityRegularizer?: RegularizerIdentifier;
  /** The length of the sequences; the model is built at once. */
  readonly inputLength?: number | null;
  /** Initial rows `[inputDim, outputDim]`, or an array with only them, as in Keras. */
  readonly weights?: NDArray | NestedArray | readonly [NDArray | NestedArray];
  /** A table that exists: pretrained, or shared with another layer. Its dimensions are this layer's. */
  readonly table?: EmbeddingTable;
  /**
   * The backend on which the rows live and are updated, whatever backend the model runs on; the model's when left out. A step fetches
   * the rows that it needs, each once, and brings their gradients back: for tables that are larger than the memory of the model's
   * device, or looked up rarely enough. No part of the configuration.
   */
  readonly device?: Backend;
}

/** The names of these options. */
export const tableLayerOptionNames: readonly (keyof TableLayerOptions)[] = [
  ...layerOptionNames,
  "inputDim",
  "outputDim",
  "embeddingsInitializer",
  "embeddingsRegularizer",
  "embeddingsConstraint",
  "activityRegularizer",
  "inputLength",
  "weights",
  "table",
  "device",
];

/** The options of such a layer, whose dimensions may come from a table. */
export type WithTable<Options extends TableLayerOptions> = Options | (Partial<Options> & { readonly table: EmbeddingTable });

/** A layer whose first input is ids and whose weight is a table. */
export abstract class TableLayer extends Layer {
  readonly embeddingsInitializer: Initializer;
  readonly embeddingsRegularizer: Regularizer | null;
  readonly embeddingsConstraint: Constraint | null;
  readonly inputLength: number | null;
  readonly #inputDim: number;
  readonly #outputDim: number;
  #device: Backend | undefined;
  #table: EmbeddingTable | undefined;

  /**
   * @param options - `inputDim` and `outputDim`, or a `table`.
   * @throws InvalidArgumentError when a dimension is not a positive integer.
   */
  constructor(options: WithTable<TableLayerOptions>) {
    checkOptions("A layer with a table", options, "{ inputDim: 10, outputDim: 4 }");
    const length = options.inputLength ?? null;
    super(
      length !== null && !options.inputShape && !options.batchInputShape
        ? { ...options, inputShape: [checkPositiveInteger("inputLength", length)] }
        : options,
    );
    const { table } = options;
    this.#inputDim = checkRowCount(options.inputDim ?? table?.inputDim);
    this.#outputDim = checkPositiveInteger("outputDim", options.outputDim ?? table?.outputDim);
    this.embeddingsInitializer = getInitializer(options.embeddingsInitializer ?? "uniform");
    this.embeddingsRegularizer = getRegularizer(options.embeddingsRegularizer);
    this.embeddingsConstraint = getConstraint(options.embeddingsConstraint);
    this.setActivityRegularizer(options.activityRegularizer);
    this.inputLength = length;
    this.#device = options.device;
  }

  /** Ids are integers. */
  override get inputDType(): "int32" {
    return "int32";
  }

  /** The number of rows. */
  get inputDim(): number {
    return this.#table?.inputDim ?? this.#inputDim;
  }

  /** The number of values in a row. */
  get outputDim(): number {
    return this.#outputDim;
  }

  /** The backend of the rows, where it is not the model's; see `TableLayerOptions.device`. May be set before the weights are used. */
  get device(): Backend | undefined {
    return this.#table?.variable.device ?? this.#device;
  }

  set device(device: Backend | undefined) {
    if (this.#table) this.#table.variable.device = device;
    this.#device = device;
  }

  /** The rows: look them up, search them, share them. Throws NotBuiltError before the layer is built. */
  get table(): EmbeddingTable {
    if (this.#table) return this.#table;
    throw new NotBuiltError(
      `The layer "${this.name}" has no table yet. Put it into a model with inputLength or an input shape, or call it on data first.`,
    );
  }

  /**
   * Quantizes the rows, as Keras' `quantize` does: the layer is then for lookups, and for models that are trained with it frozen
   * (`trainable = false`). Layers that share the table share the change. To keep the floats, quantize the table instead.
   *
   * @param kind - `"int8"`, `"int4"`, `"float16"` or `"bfloat16"`; see `EmbeddingTable.quantize`.
   * @param options - `blockSize`, for `"int4"`.
   * @returns When the floats are gone.
   * @throws InvalidArgumentError for an unknown kind or a bad block size; NotBuiltError before the layer is built; UnsupportedOpError
   *   when it is quantized already.
   */
  async quantize(kind: QuantizedKind, options?: QuantizeOptions): Promise<void> {
    const { table } = this;
    table.variable.become(await quantizeTensor(table.tensor, checkQuantization(kind, options)));
  }

  protected override build(): void {
    if (this.#table) return;
    const variable = this.addWeight({
      name: "embeddings",
      shape: [this.#inputDim, this.#outputDim],
      initializer: this.embeddingsInitializer,
      regularizer: this.embeddingsRegularizer,
      constraint: this.embeddingsConstraint,
      isTable: true,
      device: this.#device,
    });
    this.#table = new EmbeddingTable(variable);
  }

  /** Throws IndexOutOfRangeError for ids outside of the table. */
  override checkInput(x: NDArray): void {
    checkIds(x, this.inputDim);
  }

  /** @returns The options that make an equal layer again. */
  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      inputDim: this.inputDim,
      outputDim: this.outputDim,
      embeddingsInitializer: serialize(this.embeddingsInitializer),
      embeddingsRegularizer: serializeOrNull(this.embeddingsRegularizer),
      activityRegularizer: serializeOrNull(this.activityRegularizer),
      embeddingsConstraint: serializeOrNull(this.embeddingsConstraint),
      ...(this.inputLength !== null && { inputLength: this.inputLength }),
    };
  }

  /**
   * Takes the table or the rows that were given, if any were. A subclass calls it at the end of its constructor, when it has a name.
   *
   * @param options - The constructor's options.
   * @throws ShapeMismatchError when `weights` or `table` have other dimensions; InvalidArgumentError when both are given.
   */
  protected takeRows({ table, weights }: Pick<TableLayerOptions, "table" | "weights">): void {
    if (table && weights !== undefined) {
      throw new InvalidArgumentError(
        "A layer takes its rows from a `table` or from `weights`. Received: both. Leave the weights out, or set the table's rows with setRows.",
      );
    }
    if (table) this.#useTable(table);
    if (weights !== undefined) this.#setInitialRows(weights);
  }

  #useTable(table: EmbeddingTable): void {
    if (table.inputDim !== this.#inputDim || table.outputDim !== this.#outputDim) {
      throw new ShapeMismatchError(
        `\`table\` must have the dimensions of the layer, (${this.#inputDim}, ${this.#outputDim}). Received: a table of ${formatShape(table.variable.shape)}. Leave inputDim and outputDim out.`,
      );
    }
    if (this.embeddingsRegularizer || this.embeddingsConstraint) {
      throw new InvalidArgumentError(
        "A layer with a `table` takes regularizer and constraint from it. Received: both. Leave embeddingsRegularizer and embeddingsConstraint out.",
      );
    }
    if (this.#device) table.variable.device = this.#device;
    this.#table = table;
    this.addVariable(table.variable);
    this.ensureBuilt([null]);
  }

  #setInitialRows(weights: NonNullable<TableLayerOptions["weights"]>): void {
    const [only] = Array.isArray(weights) && weights.length === 1 ? (weights as readonly unknown[]) : [];
    // One row alone is not yet a wrapped matrix.
    const isWrapped = only instanceof NDArray || (Array.isArray(only) && Array.isArray(only[0]));
    const rows = (isWrapped ? only : weights) as NDArray | NestedArray;
    const values = NDArray.from(rows, "float32");
    if (values.rank !== 2 || values.shape[0] !== this.#inputDim || values.shape[1] !== this.#outputDim) {
      throw new ShapeMismatchError(
        `\`weights\` must have the shape (${this.#inputDim}, ${this.#outputDim}). Received: ${formatShape(values.shape)}.`,
      );
    }
    this.ensureBuilt([null]);
    this.table.variable.assign(values);
  }
}
