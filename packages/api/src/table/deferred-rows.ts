import type { RowPlan } from "./row-plan.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * Rows that are behind: an optimizer has put off what its steps would have done to rows that had no gradient. Nobody sees the
 * difference, since a row is brought up to date before it is read or written.
 */
export interface DeferredRows {
  /**
   * Brings rows up to date, in place.
   *
   * @param ids - Which rows; all of them when left out.
   */
  settle(ids?: Int32Array): void;

  /**
   * Brings the rows of a step's plan up to date, in place: before they are read, and before they are updated, which costs nothing where
   * nothing has happened in between.
   *
   * @param rows - Each once; nobody writes to the list.
   * @param lookup - The one lookup of the plan, where its rows are wanted as they are then.
   * @returns Float32 `[n, dim]`: these rows, where they came along; the tensor belongs to the running scope.
   */
  settlePlanned(rows: Int32Array, lookup?: PlannedLookup): Tensor | undefined;

  /**
   * What rows would be if they were brought up to date, without changing any.
   *
   * @param ids - Valid row numbers, in any order, repeated or not.
   * @returns Rows and numbers that select them: a copy of just these rows, or undefined where none of them is behind. The tensor
   *   belongs to the running scope.
   */
  peek(ids: Int32Array): RowSelection | undefined;
}

/** A lookup, and the plan of its ids alone. */
export interface PlannedLookup {
  readonly plan: RowPlan;
  /** Int32, n elements on the backend of the rows. */
  readonly places: Tensor;
}

/** Rows, and which of them is wanted at each position. */
export interface RowSelection {
  /** Float32 `[rows, dim]`. */
  readonly source: Tensor;
  /** Row numbers of `source`. */
  readonly ids: Int32Array;
}
