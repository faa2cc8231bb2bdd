import { allocateRows, concat, sumWinners } from "../backend/defaults.ts";
import { InternalError } from "../errors.ts";
import { planStep } from "./row-plan.ts";
import type { RowPlan, StepPlan } from "./row-plan.ts";
import type { Variable } from "./variable.ts";
import { Tensor, hostVector } from "../tensor/tensor.ts";

/** How one lookup used a table: which rows, and how a gradient of its result comes back to them. */
export interface RowUse {
  readonly variable: Variable;
  /** Valid ids, flat. */
  readonly ids: Int32Array;
  /** For each id the row of the result that it went into; absent where that is its own position. */
  readonly resultRows?: Int32Array;
  /** For each id the factor with which its row went in, on the host or float32 `[n]` on the backend; absent for 1. */
  readonly factors?: Float32Array | Tensor;
  /** Int32, of the result's shape: only the id at this position gets the element's gradient. Absent where all of them do. */
  readonly winners?: Tensor;
  /** The plan of the step's lookups, where phase one made it. */
  readonly plan?: StepPlan;
}

/** The gradient of a table: the touched rows and, for each, the sum of what came back to it. Never the size of the table. */
export interface RowGradient {
  readonly plan: RowPlan;
  /** Float32 `[u, dim]`, row i for row `plan.unique[i]`. */
  readonly values: Tensor;
}

/** A lookup with the gradient of its result. */
export type RowUseGradient = RowUse & { readonly gradient: Tensor };

/**
 * Whether a gradient is one of rows.
 *
 * @param gradient - What GradientTape.gradient returned for a variable.
 * @returns True for a RowGradient.
 */
export function isRowGradient(gradient: Tensor | RowGradient | null): gradient is RowGradient {
  return gradient !== null && !(gradient instanceof Tensor);
}

/**
 * Sums what came back to each touched row, over all lookups of a table in one step: repeated ids are added before any rule sees
 * them, which makes the update that of the dense mathematics.
 *
 * @param variable - The table.
 * @param uses - Its lookups with their gradients.
 * @returns One row for each touched id.
 */
export function sumRowGradients(variable: Variable, uses: readonly RowUseGradient[]): RowGradient {
  const [only] = uses;
  if (!only) throw new InternalError("row gradients of no lookup");
  if (uses.length === 1 && only.winners) return sumOfWinners(variable, only, only.winners);
  const linear = uses.map((use) => (use.winners ? asLookup(variable, use, use.winners) : use));
  const [rows, dim] = variable.shape as readonly [number, number];
  const { backend } = only.gradient;

  const planned = inPlannedOrder(linear);
  const ordered = planned?.uses ?? linear;
  const { plan } =
    planned ??
    planStep(
      backend,
      ordered.map((use) => use.ids),
      rows,
    );
  const source = stack(ordered.map(({ gradient }) => gradient.view([gradient.size / dim, dim])));
  const weights = factorsOf(plan.positions, ordered);
  const handle = backend.gatherReduce({
    source,
    ids: hostVector(backend, gradientRowsOf(plan.positions, ordered, dim)),
    offsets: plan.offsets,
    mode: "sum",
    ...(weights && { weights }),
  });
  return { plan, values: Tensor.own(backend, handle, [plan.unique.size, dim], "float32") };
}

/** What maxima give back to the rows that attained them. */
function sumOfWinners(variable: Variable, use: RowUseGradient, winners: Tensor): RowGradient {
  const { gradient, ids, resultRows = new Int32Array() } = use;
  const { backend } = gradient;
  const [rows, dim] = variable.shape as readonly [number, number];
  const { plan } = inPlannedOrder([use]) ?? planStep(backend, [ids], rows);
  const handle = sumWinners(backend, {
    source: gradient,
    winners,
    positions: hostVector(backend, plan.positions),
    bags: hostVector(
      backend,
      plan.positions.map((position) => resultRows[position] as number),
    ),
    offsets: plan.offsets,
  });
  return { plan, values: Tensor.own(backend, handle, [plan.unique.size, dim], "float32") };
}

/** Maxima beside other lookups: once their rows' gradients are known, they are those of a lookup of these rows. */
function asLookup(variable: Variable, use: RowUseGradient, winners: Tensor): RowUseGradient {
  const { plan, values } = sumOfWinners(variable, use, winners);
  return { variable, ids: plan.rows, gradient: values };
}

/** The plan that phase one made, with the lookups in its order; undefined where it is a plan of other lookups. */
function inPlannedOrder(uses: readonly RowUseGradient[]): { plan: RowPlan; uses: readonly RowUseGradient[] } | undefined {
  const prepared = uses[0]?.plan;
  if (prepared?.parts.length !== uses.length) return undefined;
  const ordered = prepared.parts.flatMap((part) => uses.find((use) => use.plan === prepared && use.ids === part) ?? []);
  return new Set(ordered).size === uses.length ? { plan: prepared.plan, uses: ordered } : undefined;
}

/**
 * A gradient of rows as a tensor of the whole table, zero where nothing was touched: for rules and options that need every row.
 *
 * @param variable - The table.
 * @param gradient - Its row gradient.
 * @returns Float32, the table's shape.
 */
export function spreadRows(variable: Variable, gradient: RowGradient): Tensor {
  const { backend } = gradient.values;
  const dense = Tensor.own(backend, allocateRows(backend, "float32", variable.shape), variable.shape, "float32");
  backend.scatter(dense, gradient.plan.unique, gradient.values);
  return dense;
}

/** For each position of the plan, the row of the stacked gradients that it takes. */
function gradientRowsOf(positions: Int32Array, uses: readonly RowUseGradient[], dim: number): Int32Array {
  if (uses.length === 1 && !uses[0]?.resultRows) return positions;
  const rowOf = new Int32Array(positions.length);
  let at = 0;
  let rowStart = 0;
  for (const { ids, resultRows, gradient } of uses) {
    for (let i = 0; i < ids.length; i++) rowOf[at++] = rowStart + (resultRows ? (resultRows[i] as number) : i);
    rowStart += gradient.size / dim;
  }
  return positions.map((position) => rowOf[position] as number);
}

/** For each position of the plan, its factor; undefined where all are 1. */
function factorsOf(positions: Int32Array, uses: readonly RowUseGradient[]): Tensor | undefined {
  if (!uses.some(({ factors }) => factors)) return undefined;
  const { backend } = (uses[0] as RowUseGradient).gradient;
  const parts = uses.map(({ ids, factors = new Float32Array(ids.length).fill(1) }) => factors);
  if (parts.every((part) => part instanceof Float32Array)) {
    const joined = new Float32Array(positions.length);
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return hostVector(
      backend,
      Float32Array.from(positions, (position) => joined[position] as number),
    );
  }
  const columns = parts.map((part) => (part instanceof Tensor ? part : hostVector(backend, part))).map((part) => part.view([part.size, 1]));
  return Tensor.own(backend, backend.gather(stack(columns), hostVector(backend, positions)), [positions.length], "float32");
}

/** Tensors of rows of one length, one after another. */
function stack(parts: readonly Tensor[]): Tensor {
  const first = parts[0] as Tensor;
  if (parts.length === 1) return first;
  const { backend, shape } = first;
  const rows = parts.reduce((total, part) => total + (part.shape[0] as number), 0);
  const joined = [rows, shape[1] as number];
  return Tensor.own(backend, concat(backend, parts, 0), joined, "float32");
}
