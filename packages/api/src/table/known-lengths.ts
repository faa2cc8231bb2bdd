import { keep, scope } from "../tensor/scope.ts";
import { Tensor, hostVector } from "../tensor/tensor.ts";
import { cachedElements, rowLengths } from "./nearest-rows.ts";
import { gatherRows } from "./stored-rows.ts";
import type { StoredRows } from "./stored-rows.ts";
import type { Variable } from "./variable.ts";

/** Of tables that were searched, and have not been changed since; empty after one search: only who searches again is worth a pass. */
const known = new WeakMap<Variable, { lengths?: Tensor }>();

/**
 * The lengths of a table's rows, for cosines. They are measured when a table is searched for the second time without a change in
 * between, and kept until it changes: four bytes a row. Scores are the same bits with them and without.
 *
 * @param variable - The table, on a backend, with no row behind.
 * @returns Float32 `[rows]`, the caller's to dispose; or undefined where the search measures rows on its way.
 */
export function knownLengths(variable: Variable): Tensor | undefined {
  const entry = known.get(variable);
  if (!entry) {
    remember(variable);
    return undefined;
  }
  entry.lengths ??= keep(measure(variable.quantized ?? variable.stored, variable.shape as readonly [number, number]));
  // The search may outlast a change of the table.
  return keep(entry.lengths.view(entry.lengths.shape));
}

function remember(variable: Variable): void {
  const entry: { lengths?: Tensor } = {};
  known.set(variable, entry);
  variable.onChange(() => {
    known.delete(variable);
    entry.lengths?.dispose();
  });
}

/** Block by block, so that a cache holds the rows that are copied or become floats. */
function measure(source: StoredRows, [rows, dim]: readonly [number, number]): Tensor {
  const { backend } = source;
  const lengths = Tensor.own(backend, backend.allocate("float32", rows), [rows], "float32");
  const block = Math.max(1, Math.floor(cachedElements / Math.max(dim, 1)));
  for (let from = 0; from < rows; from += block) {
    const length = Math.min(block, rows - from);
    scope(() => {
      const ids = Int32Array.from({ length }, (_, i) => from + i);
      const part = Tensor.own(backend, rowLengths(backend, gatherRows(source, hostVector(backend, ids))), [length], "float32");
      backend.copy(part, lengths, { sourceOffset: 0, targetOffset: from, length });
    });
  }
  return lengths;
}
