import type { Constraint } from "../constraints/constraint.ts";
import { scope } from "../tensor/scope.ts";
import { Tensor } from "../tensor/tensor.ts";

/**
 * Projects a whole tensor.
 *
 * @param target - A variable's values.
 * @param constraint - Its constraint.
 */
export function constrainAll(target: Tensor, constraint: Constraint): void {
  scope(() => {
    target.backend.copy(constraint.call(target), target, { sourceOffset: 0, targetOffset: 0, length: target.size });
  });
}

/**
 * Projects some rows of a table.
 *
 * @param target - The rows, float32 `[rows, dim]`.
 * @param ids - Int32 `[u]`: which of them, each once.
 * @param constraint - A constraint that is per row.
 */
export function constrainRows(target: Tensor, ids: Tensor, constraint: Constraint): void {
  scope(() => {
    const { backend } = target;
    const rows = Tensor.own(backend, backend.gather(target, ids), [ids.size, target.shape[1] as number], "float32");
    backend.scatter(target, ids, constraint.call(rows));
  });
}
