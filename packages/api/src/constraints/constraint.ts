import type { Serializable } from "../serialized.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A projection that a variable goes through after every update. */
export interface Constraint extends Serializable {
  /**
   * The projection.
   *
   * @param w - Float32, the variable's values.
   * @returns The allowed values, the same shape.
   */
  call(w: Tensor): Tensor;
  /**
   * Whether weights of a rank can be projected; asked when a weight is made.
   *
   * @param rank - The number of axes of the weight.
   * @throws InvalidArgumentError where they cannot.
   */
  checkRank?(rank: number): void;
  /** Each row of a table is projected by itself, so that touched rows can be projected alone. */
  readonly isRowwise: boolean;
}
