import type { Backend } from "../backend/backend.ts";
import { planRows } from "../backend/defaults.ts";
import { NDArray } from "../tensor/ndarray.ts";
import { Tensor } from "../tensor/tensor.ts";

/**
 * The rows that a step touches in one table: each once, with the positions that use it. Its tensors belong to the arena or scope
 * in which the plan was made.
 */
export interface RowPlan {
  /** The touched rows, each once. */
  readonly rows: Int32Array;
  /** The same on the backend, int32 `[u]`. */
  readonly unique: Tensor;
  /** Int32 `[u + 1]`: where the positions of each row begin. */
  readonly offsets: Tensor;
  /** Positions in the step's ids, grouped by row. On the host, since bags map them to rows of the gradient. */
  readonly positions: Int32Array;
}

/**
 * Plans the rows of a step.
 *
 * @param backend - Where the step runs.
 * @param ids - Valid ids of all lookups of the step, one after another.
 * @param rows - The number of rows of the table.
 * @returns The plan.
 */
export function planStep(backend: Backend, ids: Int32Array, rows: number): RowPlan {
  const { unique, offsets, positions } = planRows(backend, ids, rows);
  const upload = (data: Int32Array): Tensor => Tensor.fromHost(new NDArray(data, [data.length]), backend);
  return { rows: unique, unique: upload(unique), offsets: upload(offsets), positions };
}
