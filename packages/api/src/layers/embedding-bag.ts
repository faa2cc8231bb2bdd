import { checkOptions } from "../check-options.ts";
import type { BagMode } from "../backend/backend.ts";
import { ShapeMismatchError } from "../errors.ts";
import { lookupBags } from "../ops/lookup-bags.ts";
import { checkBagMode } from "../table/bags.ts";
import { checkPaddingIdx } from "../table/leave-out.ts";
import type { TensorBags } from "../table/prepared-bags.ts";
import type { RowLookup } from "../table/prepared-rows.ts";
import { formatShape } from "../tensor/shape.ts";
import type { PartialShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { TableLayer, tableLayerOptionNames } from "./table-layer.ts";
import type { TableLayerOptions, WithTable } from "./table-layer.ts";

/** Options of EmbeddingBag. */
export interface EmbeddingBagOptions extends TableLayerOptions {
  /** How a bag becomes one row: `"mean"` (default), `"sum"`, `"max"`, or `"sqrtn"`, the sum divided by the square root of the number. */
  readonly mode?: BagMode;
  /** This id fills bags up: it takes no part in result, divisor and gradient. */
  readonly paddingIdx?: number | null;
}

const embeddingBagOptionNames = [...tableLayerOptionNames, "mode", "paddingIdx"] as const satisfies readonly (keyof EmbeddingBagOptions)[];

/**
 * Turns bags of ids into one row each, `[batch, width]` to `[batch, outputDim]`, without the rows in between. A bag without ids
 * gives zeros. There are no masks: `paddingIdx` says which ids do not count.
 *
 * @example
 * const model = new Sequential([new EmbeddingBag({ inputDim: 1000, outputDim: 16, paddingIdx: 0 }), new Dense({ units: 1 })]);
 */
export class EmbeddingBag extends TableLayer {
  static override readonly optionNames: readonly string[] = embeddingBagOptionNames;
  readonly className = "EmbeddingBag";
  readonly mode: BagMode;
  readonly paddingIdx: number | null;

  /**
   * @param options - `inputDim` and `outputDim`, or a `table`; `mode`; `paddingIdx`.
   * @throws InvalidArgumentError for a dimension that is not a positive integer and for an unknown mode; IndexOutOfRangeError when
   *   `paddingIdx` is no row; ShapeMismatchError when `weights` or `table` have other dimensions.
   */
  constructor(options: WithTable<EmbeddingBagOptions>) {
    checkOptions("EmbeddingBag", options, "{ inputDim: 10, outputDim: 4 }", new.target.optionNames);
    super(options);
    this.mode = checkBagMode(options.mode, false);
    this.paddingIdx = checkPaddingIdx("paddingIdx", options.paddingIdx ?? undefined, this.inputDim) ?? null;
    this.takeRows(options);
  }

  /** @returns `[batch, outputDim]`, of ids `[batch, width]`. */
  call(inputs: Tensor): Tensor {
    return lookupBags(this.table, { ids: inputs, mode: this.mode, ...this.#padding() });
  }

  /**
   * Bags of any form, for training loops of your own: ids with offsets, one array of ids a bag, weights for ids.
   *
   * @param bags - Ids, and offsets or weights or both; weights that are a tensor of the graph get a gradient.
   * @returns Float32 `[bags, outputDim]`, recorded by the tape that records.
   * @throws InvalidArgumentError for offsets that cannot be, and for weights with `"max"`; ShapeMismatchError for weights of another
   *   number than ids; IndexOutOfRangeError for ids outside of the table.
   * @example
   * const rows = layer.lookup({ ids: Int32Array.of(5, 9, 2), offsets: Int32Array.of(0, 2) });
   */
  lookup(bags: Omit<TensorBags, "mode" | "paddingIdx">): Tensor {
    this.ensureBuilt([null, null]);
    return lookupBags(this.table, { ...bags, mode: this.mode, ...this.#padding() });
  }

  /** @returns The one lookup that `call` makes. */
  override rowLookups(inputs: Tensor): readonly RowLookup[] {
    return [{ table: this.table, ids: inputs, paddingIdx: this.paddingIdx ?? undefined }];
  }

  /**
   * The shape of the rows.
   *
   * @param inputShape - `[batch, width]`.
   * @returns `[batch, outputDim]`.
   * @throws ShapeMismatchError for any other number of axes.
   */
  computeOutputShape(inputShape: PartialShape): PartialShape {
    const [batch, width] = inputShape;
    if (batch === undefined || width === undefined || inputShape.length !== 2) {
      throw new ShapeMismatchError(
        `The layer "${this.name}" takes bags of the shape [batch, width]. Received: shape ${formatShape(inputShape)}. Reshape the ids, or use lookup() for offsets.`,
      );
    }
    return [batch, this.outputDim];
  }

  /** @returns The options that make an equal layer again. */
  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), mode: this.mode, paddingIdx: this.paddingIdx };
  }

  #padding(): { paddingIdx?: number } {
    return this.paddingIdx === null ? {} : { paddingIdx: this.paddingIdx };
  }
}
