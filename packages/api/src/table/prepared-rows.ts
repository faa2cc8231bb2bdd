import { checkFlag, checkOptions } from "../check-options.ts";
import { UnsupportedOpError } from "../errors.ts";
import { checkIds } from "../tensor/ids.ts";
import { NDArray } from "../tensor/ndarray.ts";
import type { Arena } from "../tensor/scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkHome, fetchRows, isAway, placesOf } from "./away-rows.ts";
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
  /** Every id gets its row: no bags. */
  readonly gathers?: true;
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
  /** Float32 `[ids.length, dim]`: the rows themselves, where they came along when they were brought up to date. */
  readonly rows?: Tensor;
}

interface Prepared extends RowLookup {
  readonly lookup: PreparedLookup;
  /** That of the table when its rows came along. */
  readonly revision: number;
}

/** What a step looks up in one table. */
type RowGroup = readonly [RowLookup, ...RowLookup[]];

/** Checked ids that take part, and which they are where not all do. */
interface HostIds {
  /** All of them, flat. */
  readonly data: Int32Array;
  readonly taken: Int32Array;
  readonly kept: Int32Array | undefined;
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

const prepareOptionNames = ["training", "arena"] as const satisfies readonly (keyof PrepareOptions)[];

/**
 * Phase one of a step: checks the ids of its lookups, plans their rows, each table's at once, and brings those rows to where the
 * step runs. Asynchronous, since a table may live where reading takes time.
 *
 * @param lookups - What the step will look up.
 * @param options - `training` and the step's `arena`.
 * @throws IndexOutOfRangeError naming the first bad id; InvalidArgumentError for an option that does not exist, or where `training` is no flag.
 */
export async function prepareRows(lookups: readonly RowLookup[], options: PrepareOptions): Promise<void> {
  checkOptions("prepareRows", options, "{ training: true, arena }", prepareOptionNames);
  const { training, arena } = options;
  checkFlag("training", training);
  const away: RowGroup[] = [];
  arena.run(() => {
    for (const group of byTable(lookups)) {
      const [{ table, ids }] = group;
      // A model that was given a backend runs there, whatever the default is.
      if (!table.variable.isMaterialized) table.variable.materialize(ids.backend);
      if (isAway(table.variable, ids.backend)) away.push(group);
      else prepareHere(group, training);
    }
  });
  for (const group of away) await bringRows(group, training, arena);
}

/** The lookups of each table, every one once. */
function byTable(lookups: readonly RowLookup[]): Iterable<RowGroup> {
  const groups = new Map<Variable, [RowLookup, ...RowLookup[]]>();
  for (const lookup of lookups) {
    const group = groups.get(lookup.table.variable);
    if (!group) groups.set(lookup.table.variable, [lookup]);
    else if (!group.some((one) => isFor(one, lookup.table, lookup.ids, lookup.paddingIdx))) group.push(lookup);
  }
  return groups.values();
}

function prepareHere(group: RowGroup, training: boolean): void {
  const [{ table }] = group;
  const found = group.map((one) => prepareLookup(table, one.ids, training, one.paddingIdx, false));
  const plan = training
    ? planStep(
        table.backend,
        found.map(({ ids }) => ids),
        table.inputDim,
      )
    : undefined;
  const [{ source, places }] = found as [PreparedLookup];
  const isAlone = group.length === 1 && group[0].gathers === true && source instanceof Tensor;
  // In the order of the plan, which is that of memory, and each row once.
  const rows = plan && table.variable.deferred?.settlePlanned(plan.plan.rows, isAlone ? { plan: plan.plan, places } : undefined);
  group.forEach((one, index) => {
    remember(one, { ...(found[index] as PreparedLookup), ...(plan && { plan }), ...(rows && { rows }) });
  });
}

/** The same where the table is away: the plan says which rows are copied to the step. */
async function bringRows(group: RowGroup, training: boolean, arena: Arena): Promise<void> {
  const [{ table, ids }] = group;
  const { backend } = ids;
  const found = group.map((one) => hostIds(table, one.ids, one.paddingIdx));
  const plan = arena.run(() =>
    planStep(
      backend,
      found.map(({ taken }) => taken),
      table.inputDim,
    ),
  );
  const rows = await fetchRows(() => selectRows(table, plan.plan.rows, training));
  arena.run(() => {
    const source = Tensor.fromHost(rows, backend);
    const places = placesOf(plan.plan);
    let at = 0;
    group.forEach((one, index) => {
      const { taken, kept } = found[index] as HostIds;
      const here = new NDArray(places.subarray(at, (at += taken.length)), kept ? [taken.length] : one.ids.shape);
      const lookup = { ids: taken, source, places: Tensor.fromHost(here, backend), ...(kept && { kept }) };
      remember(one, { ...lookup, ...(training && { plan }) });
    });
  });
}

function remember(one: RowLookup, lookup: PreparedLookup): void {
  const others = (prepared.get(one.ids) ?? []).filter((other) => !isFor(other, one.table, one.ids, one.paddingIdx));
  prepared.set(one.ids, [...others, { ...one, lookup, revision: one.table.variable.revision }]);
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
  if (found) return withCurrentRows(found);
  checkHome(table.variable, ids);
  return prepareLookup(table, ids, training, paddingIdx);
}

/** Rows that came along are those of the step they were prepared for: after an update or with its arena they are the table's to give. */
function withCurrentRows({ table, lookup, revision }: Prepared): PreparedLookup {
  const { rows, ...others } = lookup;
  return !rows || (table.variable.revision === revision && !rows.disposed) ? lookup : others;
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
  const { data, taken, kept } = hostIds(table, ids, paddingIdx);
  const selection = selectRows(table, taken, training, settles);
  const isUsable = !kept && ids.dtype === "int32" && ids.backend === backend && selection.ids === data;
  const places = isUsable ? ids : Tensor.fromHost(new NDArray(selection.ids, kept ? [taken.length] : ids.shape), backend);
  return { ids: taken, source: selection.source, places, ...(kept && { kept }) };
}

function hostIds({ inputDim }: EmbeddingTable, ids: Tensor, paddingIdx: number | undefined): HostIds {
  const { backend, host } = ids;
  if (!host && !backend.capabilities.syncRows) {
    throw new UnsupportedOpError(
      `The backend "${backend.name}" cannot look up ids that the graph itself computes (capability syncRows). Compute the ids before the step and pass them as an input.`,
    );
  }
  const { data } = checkIds(host ?? ids.readSync(), inputDim, undefined, backend);
  const kept = keptPositions(data, paddingIdx);
  return { data, taken: kept ? kept.map((position) => data[position] as number) : data, kept };
}
