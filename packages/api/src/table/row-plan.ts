import type { Backend } from "../backend/backend.ts";
import { planRows } from "../backend/defaults.ts";
import { hostVector } from "../tensor/tensor.ts";
import type { Tensor } from "../tensor/tensor.ts";

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

/** The plan of all lookups that a step makes in one table. */
export interface StepPlan {
  /** The ids of each lookup: the plan's positions count through them, one after another. */
  readonly parts: readonly Int32Array[];
  readonly plan: RowPlan;
}

/**
 * Plans the rows of a step.
 *
 * @param backend - Where the step runs.
 * @param parts - Valid ids of each lookup of the step.
 * @param rows - The number of rows of the table.
 * @returns The plan.
 */
export function planStep(backend: Backend, parts: readonly Int32Array[], rows: number): StepPlan {
  const [first] = parts;
  const ids = first && parts.length === 1 ? first : concatInt32(parts);
  const { unique, offsets, positions } = planRows(backend, ids, rows);
  return { parts, plan: { rows: unique, unique: hostVector(backend, unique), offsets: hostVector(backend, offsets), positions } };
}

function concatInt32(parts: readonly Int32Array[]): Int32Array {
  const joined = new Int32Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
