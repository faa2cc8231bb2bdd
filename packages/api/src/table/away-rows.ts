/** Rows of a table that lives on another backend than the step: a copy of those that it touches goes there before it runs. */
import type { Backend } from "../backend/backend.ts";
import { UnsupportedOpError } from "../errors.ts";
import { scope } from "../tensor/scope.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { hostVector } from "../tensor/tensor.ts";
import type { NDArray } from "../tensor/ndarray.ts";
import { gatherRows } from "./stored-rows.ts";
import type { StoredSelection } from "./stored-rows.ts";
import type { RowPlan } from "./row-plan.ts";
import type { Variable } from "./variable.ts";

/**
 * Whether a table's rows must be brought to a step.
 *
 * @param variable - The table, on a backend or with a `device`.
 * @param backend - Where the step runs.
 * @returns True where the table has a `device` that is not this backend.
 */
export function isAway({ device }: Variable, backend: Backend): boolean {
  return device !== undefined && device !== backend;
}

/**
 * Throws where a graph looks rows up that are away and that nobody brought.
 *
 * @param variable - The table.
 * @param ids - The ids, where the graph runs.
 * @throws UnsupportedOpError.
 */
export function checkHome(variable: Variable, ids: Tensor): void {
  if (!isAway(variable, ids.backend)) return;
  throw new UnsupportedOpError(
    `The rows of "${variable.path}" live on the backend "${(variable.device as Backend).name}", and a lookup of them runs on "${ids.backend.name}". They are brought there before a step, for the ids of the model's input. Tell the lookup in the layer's rowLookups(), or leave \`device\` out.`,
  );
}

/**
 * Rows of a table, each once.
 *
 * @param select - Finds them on the table's backend.
 * @returns Float32 `[ids, dim]` on the host.
 */
export async function fetchRows(select: () => StoredSelection): Promise<NDArray> {
  const rows = scope(() => {
    const { source, ids } = select();
    return gatherRows(source, hostVector(source.backend, ids));
  });
  try {
    return await rows.read();
  } finally {
    rows.dispose();
  }
}

/**
 * For each position of a plan the number of its row among the touched ones.
 *
 * @param plan - The plan of all lookups of the step.
 * @returns As many numbers as there are positions.
 */
export function placesOf({ rows, offsets, positions }: RowPlan): Int32Array {
  const starts = offsets.host?.data as Int32Array;
  const places = new Int32Array(positions.length);
  for (let row = 0; row < rows.length; row++) {
    for (let at = starts[row] as number; at < (starts[row + 1] as number); at++) places[positions[at] as number] = row;
  }
  return places;
}
