import { checkFlag, checkOptions } from "../check-options.ts";
import { notEqual } from "../ops/comparison.ts";
import { lookup } from "../ops/lookup.ts";
import type { RowLookup } from "../table/prepared-rows.ts";
import type { PartialShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { TableLayer, tableLayerOptionNames } from "./table-layer.ts";
import type { TableLayerOptions, WithTable } from "./table-layer.ts";

/** Options of Embedding. */
export interface EmbeddingOptions extends TableLayerOptions {
  /** Id 0 is padding: later layers are told to leave such positions out. */
  readonly maskZero?: boolean;
}

const embeddingOptionNames = [...tableLayerOptionNames, "maskZero"] as const satisfies readonly (keyof EmbeddingOptions)[];

/** Turns ids into rows: `[...ids]` to `[...ids, outputDim]`. */
export class Embedding extends TableLayer {
  static override readonly optionNames: readonly string[] = embeddingOptionNames;
  readonly className = "Embedding";
  readonly maskZero: boolean;
  override readonly supportsMasking: boolean;

  /**
   * @param options - `inputDim` and `outputDim`, or a `table`; the rest as in Keras.
   * @throws InvalidArgumentError when a dimension is not a positive integer; ShapeMismatchError when `weights` or `table` have others.
   */
  constructor(options: WithTable<EmbeddingOptions>) {
    checkOptions("Embedding", options, "{ inputDim: 10, outputDim: 4 }", new.target.optionNames);
    super(options);
    this.maskZero = checkFlag("maskZero", options.maskZero ?? false);
    this.supportsMasking = this.maskZero;
    this.takeRows(options);
  }

  /** @returns `[...ids, outputDim]`. */
  call(inputs: Tensor): Tensor {
    return lookup(this.table, inputs);
  }

  /** @returns Where an id is not 0, if `maskZero`. */
  override computeMask(inputs: Tensor): Tensor | undefined {
    return this.maskZero ? notEqual(inputs, 0) : undefined;
  }

  /** @returns The one lookup that `call` makes. */
  override rowLookups(inputs: Tensor): readonly RowLookup[] {
    return [{ table: this.table, ids: inputs, gathers: true }];
  }

  /** @returns The shape of the ids and the width of a row. */
  computeOutputShape(inputShape: PartialShape): PartialShape {
    return [...inputShape, this.outputDim];
  }

  /** @returns The options that make an equal layer again. */
  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), maskZero: this.maskZero };
  }
}
