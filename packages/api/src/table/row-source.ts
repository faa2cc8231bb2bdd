import type { BagMode } from "../backend/backend.ts";
import type { IdsInput, InvalidIdPolicy } from "../tensor/ids.ts";
import type { NDArray } from "../tensor/ndarray.ts";

/** Where rows go: memory of the caller's, of exactly the right number of float32 elements. */
export type RowsOut = Float32Array | NDArray;

/** Options of a lookup. */
export interface LookupOptions {
  /** Where the rows go; fresh memory when left out. `allocate()` gives memory that needs no second copy. */
  readonly out?: RowsOut;
  /** What an invalid id gets; an error when left out. */
  readonly invalidIds?: InvalidIdPolicy;
}

/** The names of these options. */
export const lookupOptionNames: readonly (keyof LookupOptions)[] = ["out", "invalidIds"];

/** Bags of ids: many ids, one vector. */
export interface BagsInput {
  /** All ids one after another (with `offsets`), one array of ids a bag, or a rectangle `[bags, width]`. */
  readonly ids: IdsInput | readonly (readonly number[] | BigInt64Array)[];
  /** Bag b is made of `ids[offsets[b] .. offsets[b + 1])`; the last bag ends at the end of ids, unless `includeLastOffset`. Integers, as ids are. */
  readonly offsets?: ArrayLike<number> | BigInt64Array | NDArray;
  /** The offsets name the end of the last bag, too, as in PyTorch's `include_last_offset`. */
  readonly includeLastOffset?: boolean;
  /** How a bag becomes one row; `"mean"` when left out. */
  readonly mode?: BagMode;
  /** A factor for each id, in the order of ids; not with `"max"`. */
  readonly weights?: ArrayLike<number> | readonly (readonly number[])[];
  /** This id takes no part: neither in the result nor in the divisor. */
  readonly paddingIdx?: number;
}

/** The names of the parts of bags. */
export const bagsInputNames: readonly (keyof BagsInput)[] = ["ids", "offsets", "includeLastOffset", "mode", "weights", "paddingIdx"];

/** Anything that serves rows by their number: a table, an open checkpoint's tensor, a pool. */
export interface RowSource {
  /** The number of rows; ids are `0 .. inputDim - 1`. */
  readonly inputDim: number;
  /** The number of values in a row. */
  readonly outputDim: number;
  /** Float32 `[...ids.shape, outputDim]`. */
  lookup(ids: IdsInput, options?: LookupOptions): Promise<NDArray>;
}
