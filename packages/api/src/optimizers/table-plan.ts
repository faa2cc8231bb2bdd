import { slotNames } from "../backend/rule.ts";
import type { UpdateRule } from "../backend/rule.ts";
import type { Variable } from "../table/variable.ts";
import { warnOnce } from "../warnings.ts";
import { canFold } from "./exact/folded-steps.ts";

/**
 * What happens to the rows of a table that a step does not touch.
 *
 * - `"exact"` (the default): what Keras does to them, so that the numbers are Keras' own.
 * - `"lazy"`: nothing, not even the decay of their moments; PyTorch's SparseAdam, TensorFlow Addons' LazyAdam.
 * - `"dense"`: the whole table is swept at each step, as Keras does it.
 */
export type SparseUpdate = "exact" | "lazy" | "dense";

/**
 * How one optimizer updates one table.
 *
 * - `"rows"`: the touched rows, and nothing else ever.
 * - `"fold"`: the touched rows; what the skipped steps do to the others is put off and applied in a folded form.
 * - `"replay"`: the same, applied step by step, for options that have no folded form.
 * - `"dense"`: the whole table at each step.
 */
export type TablePlan = "rows" | "fold" | "replay" | "dense";

/** What decides how a table is updated. */
export interface TablePlanInput {
  readonly rule: UpdateRule;
  readonly variable: Variable;
  readonly sparseUpdate: SparseUpdate;
  /** The optimizer has weight decay. */
  readonly decays: boolean;
  /** The optimizer keeps a moving average of the weights. */
  readonly averages: boolean;
}

/**
 * Decides how a table is updated, and says so where every update must sweep the whole table.
 *
 * @param input - Rule, table and options.
 * @returns The plan; the same for every step of an optimizer.
 */
export function planTable({ rule, variable, sparseUpdate, decays, averages }: TablePlanInput): TablePlan {
  const { constraint, path } = variable;
  if (constraint && !constraint.isRowwise) {
    warnOnce(`The constraint ${constraint.className} of "${path}" is not per row (axis 1), so every update sweeps the whole table.`);
    return "dense";
  }
  if (averages) {
    warnOnce(`A moving average (useEma) of "${path}" changes every row at every step, so every update sweeps the whole table.`);
    return "dense";
  }
  if (sparseUpdate !== "exact") return sparseUpdate === "lazy" ? "rows" : "dense";
  // Keras projects every row after every update, and its norms carry an epsilon: a projection done twice is not one done once.
  if (constraint) return "replay";
  // Without an epsilon a row of zero state becomes 0 / 0 in a dense step, and so it does here.
  if (rule.kind !== "sgd" && rule.epsilon === 0) return "replay";
  const hasMemory = slotNames(rule).length > 0 && !isAdagrad(rule);
  if (!hasMemory && !decays) return "rows";
  return canFold(rule) ? "fold" : "replay";
}

/** Sums of squares that only grow: a gradient of zero changes neither them nor the weights. */
function isAdagrad({ kind }: UpdateRule): boolean {
  return kind === "adagrad" || kind === "rowwiseAdagrad";
}
