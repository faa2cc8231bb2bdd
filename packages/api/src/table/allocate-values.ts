import type { Backend, Handle } from "../backend/backend.ts";
import { allocateRows } from "../backend/defaults.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Variable } from "./variable.ts";

/**
 * Zeroed memory for a variable's values, or for an optimizer's state of them. Of a table the rows count one by one, so a backend may lay
 * them where it has room; other weights are used whole.
 *
 * @param backend - Where.
 * @param variable - Whose values; only whether it is a table counts.
 * @param shape - Their extents.
 * @returns A new handle, float32.
 */
export function allocateValues(backend: Backend, { isTable }: Pick<Variable, "isTable">, shape: Shape): Handle {
  return isTable ? allocateRows(backend, "float32", shape) : backend.allocate("float32", sizeOf(shape));
}
