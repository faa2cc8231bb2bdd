import { UnsupportedOpError } from "../errors.ts";
import { checkIds } from "../tensor/ids.ts";
import { NDArray } from "../tensor/ndarray.ts";
import type { Arena } from "../tensor/scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { EmbeddingTable } from "./embedding-table.ts";
import { keptPositions } from "./leave-out.ts";
import { planStep } from "./row-plan.ts";
import type { StepPlan } from "./row-plan.ts";
import { gatherRows } from "./stored-rows.ts";
import type { StoredRows, StoredSelection } from "./stored-rows.ts";
import type { Variable } from "./variable.ts";

/** A lookup that a step will make: known before the graph runs, so that its rows can be fetched and planned. */
export interface RowLookup {
  readonly table: EmbeddingTable;
  /** The ids as the graph will see them; made from host values. */
  readonly ids: Tensor;
  /** This id takes no part; only for bags. */
  readonly paddingIdx?: number | undefined;
}

/** A lookup whose ids are checked and on the backend, with the plan of its rows where training needs one. */
export interface PreparedLookup {
  /** Valid ids on the host, flat, without padding. */
  readonly ids: Int32Array;
  /** The positions of these ids; absent where no id was padding. */
  readonly kept?: Int32Array;
  /** Where the rows are: the table, or a copy of rows that were behind. */
  readonly source: StoredRows;
  /** Row numbers of `source` on the backend, one for each id; in the shape of the given ids where all of them take part. */
  readonly places: Tensor;
  /** The plan of all lookups that the step makes in this table. */
  readonly plan?: StepPlan;
}

interface Prepared extends RowLookup {
  readonly lookup: PreparedLookup;
}

/** Keyed by the step's own tensor, which no other step shares. */
const prepared = new WeakMap<Tensor, readonly Prepared[]>();

/** Options of `prepareRows`. */
export interface PrepareOptions {
  /** A gradient will come back to the rows: plan them. */
  readonly training: boolean;
  /** The step's arena, which owns what is prepared. */
  readonly arena: Arena;
}

/**
 * Phase one of a step: checks the ids of its lookups, plans their rows, each table's at once, and brings those rows to where the
 * step runs. Asynchronous, since a table may live where reading takes time.
 *
 * @param lookups - What the step will look up.
 * @param options - `training` and the step's `arena`.
 * @throws IndexOutOfRangeError naming the first bad id.
 */
export function prepareRows(lookups: readonly RowLookup[], { training, arena }: PrepareOptions): Promise<void> {
  arena.run(() => {
    const byVariable = new Map<Variable, Prepared[]>();
    for (const { table, ids, paddingIdx } of lookups) {
      // A model that was given a backend runs there, whatever the default is.
      if (!table.variable.isMaterialized) table.variable.materialize(ids.backend);
      const group = byVariable.get(table.variable) ?? [];
      byVariable.set(table.variable, group);
      if (!group.some((one) => isFor(one, table, ids, paddingIdx)))
        group.push({ table, ids, paddingIdx, lookup: prepareLookup(table, ids, training, paddingIdx, false) });
    }
    for (const group of byVariable.values()) {
      const { table } = group[0] as Prepared;
      const parts = group.map(({ lookup }) => lookup.ids);
      const plan = training ? planStep(table.backend, parts, table.inputDim) : undefined;
      // In the order of the plan, which is that of memory, and each row once.
      if (plan) table.variable.deferred?.settle(plan.plan.rows);
      for (const one of group) {
        const done = plan ? { ...one, lookup: { ...one.lookup, plan } } : one;
        prepared.set(one.ids, [
          ...(prepared.get(one.ids) ?? []).filter((other) => !isFor(other, one.table, one.ids, one.paddingIdx)),
          done,
        ]);
      }
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
 * @param paddingIdx - This id takes no part.
 * @returns Checked ids and where their rows are.
 * @throws UnsupportedOpError for computed ids where the backend cannot read synchronously (capability `syncRows`).
 */
export function preparedLookup(table: EmbeddingTable, ids: Tensor, training: boolean, paddingIdx?: number): PreparedLookup {
  const found = prepared.get(ids)?.find((one) => isFor(one, table, ids, paddingIdx));
  return found?.lookup ?? prepareLookup(table, ids, training, paddingIdx);
}

/**
 * Where rows are, as they are after all steps so far.
 *
 * @param table - The table.
 * @param ids - Valid ids.
 * @param training - A gradient will come back to the rows: they are brought up to date in place, else they are only read.
 * @param settles - False where the caller brings them up to date.
 * @returns The table, or a copy of rows that were behind, and row numbers of it.
 */
export function selectRows({ variable }: EmbeddingTable, ids: Int32Array, training: boolean, settles = true): StoredSelection {
  if (!training || variable.quantized) return variable.currentRows(ids);
  if (settles) variable.deferred?.settle(ids);
  return { source: variable.stored, ids };
}

/**
 * A lookup whose rows are floats, for work that kernels of quantized rows do not do: such rows are copied, one for each id.
 *
 * @param lookup - Any.
 * @returns The same lookup where its rows are floats.
 */
export function withFloatRows<T extends PreparedLookup>(lookup: T): T & { readonly source: Tensor } {
  const { source, places } = lookup;
  if (source instanceof Tensor) return { ...lookup, source };
  const rows = gatherRows(source, places).view([places.size, source.dim]);
  const order = Int32Array.from({ length: places.size }, (_, i) => i);
  return { ...lookup, source: rows, places: Tensor.fromHost(new NDArray(order, places.shape), source.backend) };
}

function isFor(one: RowLookup, table: EmbeddingTable, ids: Tensor, paddingIdx: number | undefined): boolean {
  return one.ids === ids && one.table === table && one.paddingIdx === paddingIdx;
}

function prepareLookup(
  table: EmbeddingTable,
  ids: Tensor,
  training: boolean,
  paddingIdx: number | undefined,
  settles = true,
): PreparedLookup {
  const { backend } = table;
  if (!ids.host && !backend.capabilities.syncRows) {
    throw new UnsupportedOpError(
      `The backend "${backend.name}" cannot look up ids that the graph itself computes (capability syncRows). Compute the ids before the step and pass them as an input.`,
    );
  }
  const { data } = checkIds(ids.host ?? ids.readSync(), table.inputDim);
  const kept = keptPositions(data, paddingIdx);
  const taken = kept ? kept.map((position) => data[position] as number) : data;
  const selection = selectRows(table, taken, training, settles);
  const isUsable = !kept && ids.dtype === "int32" && ids.backend === backend && selection.ids === data;
  const places = isUsable ? ids : Tensor.fromHost(new NDArray(selection.ids, kept ? [taken.length] : ids.shape), backend);
  return { ids: taken, source: selection.source, places, ...(kept && { kept }) };
}
