import { UnsupportedOpError } from "../errors.ts";
import { checkIds } from "../tensor/ids.ts";
import { NDArray } from "../tensor/ndarray.ts";
import type { Arena } from "../tensor/scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { EmbeddingTable } from "./embedding-table.ts";
import { planStep } from "./row-plan.ts";
import type { RowPlan } from "./row-plan.ts";

/** A lookup that a step will make: known before the graph runs, so that its rows can be fetched and planned. */
export interface RowLookup {
  readonly table: EmbeddingTable;
  /** The ids as the graph will see them; made from host values. */
  readonly ids: Tensor;
}

/** A lookup whose ids are checked and on the backend, with the plan of its rows where training needs one. */
export interface PreparedLookup {
  /** Valid ids on the host, flat. */
  readonly ids: Int32Array;
  /** Where the rows are: the table, or a copy of rows that were behind. */
  readonly source: Tensor;
  /** Row numbers of `source` on the backend, in the shape of the ids. */
  readonly places: Tensor;
  readonly plan?: RowPlan;
}

/** Keyed by the step's own tensor, which no other step shares. */
const prepared = new WeakMap<Tensor, Map<EmbeddingTable, PreparedLookup>>();

/** Options of `prepareRows`. */
export interface PrepareOptions {
  /** A gradient will come back to the rows: plan them. */
  readonly training: boolean;
  /** The step's arena, which owns what is prepared. */
  readonly arena: Arena;
}

/**
 * Phase one of a step: checks the ids of its lookups, plans their rows, and brings those rows to where the step runs.
 * Asynchronous, since a table may live where reading takes time.
 *
 * @param lookups - What the step will look up.
 * @param options - `training` and the step's `arena`.
 * @throws IndexOutOfRangeError naming the first bad id.
 */
export function prepareRows(lookups: readonly RowLookup[], { training, arena }: PrepareOptions): Promise<void> {
  arena.run(() => {
    for (const { table, ids } of lookups) {
      const lookup = prepareLookup(table, ids, training);
      const byTable = prepared.get(ids) ?? new Map<EmbeddingTable, PreparedLookup>();
      byTable.set(table, training ? { ...lookup, plan: planStep(table.backend, lookup.ids, table.inputDim) } : lookup);
      prepared.set(ids, byTable);
    }
  });
  return Promise.resolve();
}

/**
 * The lookup that phase one prepared, or one that is prepared now.
 *
 * @param table - The table.
 * @param ids - Ids of any shape: made from host values, or computed by the graph.
 * @param training - A gradient will come back to the rows: they are brought up to date in place, else they are only read.
 * @returns Checked ids and where their rows are.
 * @throws UnsupportedOpError for computed ids where the backend cannot read synchronously (capability `syncRows`).
 */
export function preparedLookup(table: EmbeddingTable, ids: Tensor, training: boolean): PreparedLookup {
  return prepared.get(ids)?.get(table) ?? prepareLookup(table, ids, training);
}

function prepareLookup(table: EmbeddingTable, ids: Tensor, training: boolean): PreparedLookup {
  const { backend, variable } = table;
  if (!ids.host && !backend.capabilities.syncRows) {
    throw new UnsupportedOpError(
      `The backend "${backend.name}" cannot look up ids that the graph itself computes (capability syncRows). Compute the ids before the step and pass them as an input.`,
    );
  }
  const { data } = checkIds(ids.host ?? ids.readSync(), table.inputDim);
  if (training) variable.deferred?.settle(data);
  const selection = training ? { source: variable.stored, ids: data } : variable.currentRows(data);
  const usable = ids.dtype === "int32" && ids.backend === backend && selection.ids === data;
  return { ids: data, source: selection.source, places: usable ? ids : Tensor.fromHost(new NDArray(selection.ids, ids.shape), backend) };
}
