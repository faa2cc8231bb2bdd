import { scope } from "../tensor/scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Variable } from "../table/variable.ts";

/**
 * Projects a whole variable by its constraint.
 *
 * @param variable - A variable with a constraint, on a backend.
 */
export function constrainAll(variable: Variable): void {
  scope(() => {
    const target = variable.value;
    const allowed = variable.constraint?.call(target);
    if (allowed) target.backend.copy(allowed, target, { sourceOffset: 0, targetOffset: 0, length: target.size });
  });
}

/**
 * Projects some rows of a table by its constraint, which is per row.
 *
 * @param variable - A table with a row-wise constraint, on a backend.
 * @param ids - Int32 `[u]`: the rows, each once.
 */
export function constrainRows(variable: Variable, ids: Tensor): void {
  scope(() => {
    const target = variable.value;
    const { backend } = target;
    const rows = Tensor.own(backend, backend.gather(target, ids), [ids.size, target.shape[1] as number], "float32");
    const allowed = variable.constraint?.call(rows);
    if (allowed) backend.scatter(target, ids, allowed);
  });
}
