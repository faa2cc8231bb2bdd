import { InternalError } from "../errors.ts";
import { NDArray } from "../tensor/ndarray.ts";
import { Tensor } from "../tensor/tensor.ts";
import { planStep } from "./row-plan.ts";
import type { RowPlan } from "./row-plan.ts";
import type { Variable } from "./variable.ts";

/** How one lookup used a table: which rows, and how a gradient of its result comes back to them. */
export interface RowUse {
  readonly variable: Variable;
  /** Valid ids, flat. */
  readonly ids: Int32Array;
  /** For each id the row of the result that it went into; absent where that is its own position. */
  readonly resultRows?: Int32Array;
  /** For each id the factor with which its row went in; absent for 1. */
  readonly factors?: Float32Array;
  /** The plan of exactly these ids, where phase one made it. */
  readonly plan?: RowPlan;
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
  const [first] = uses;
  if (!first) throw new InternalError("row gradients of no lookup");
  const { backend } = first.gradient;
  const [rows, dim] = variable.shape as readonly [number, number];

  const single = uses.length === 1;
  const ids = single ? first.ids : concatInt32(uses.map((use) => use.ids));
  const plan = (single ? first.plan : undefined) ?? planStep(backend, ids, rows);
  const source = single ? first.gradient.view([first.gradient.size / dim, dim]) : stackRows(uses, dim);
  const { gradientRows, factors } = mapPositions(plan.positions, uses, dim);

  const upload = (data: Int32Array | Float32Array): Tensor => Tensor.fromHost(new NDArray(data, [data.length]), backend);
  const handle = backend.gatherReduce({
    source,
    ids: upload(gradientRows),
    offsets: plan.offsets,
    mode: "sum",
    ...(factors && { weights: upload(factors) }),
  });
  return { plan, values: Tensor.own(backend, handle, [plan.unique.size, dim], "float32") };
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
  const dense = Tensor.own(backend, backend.allocate("float32", variable.size), variable.shape, "float32");
  backend.scatter(dense, gradient.plan.unique, gradient.values);
  return dense;
}

/** For each position of the plan, the row of the stacked gradients that it takes, and its factor. */
function mapPositions(
  positions: Int32Array,
  uses: readonly RowUseGradient[],
  dim: number,
): { gradientRows: Int32Array; factors?: Float32Array } {
  const [first] = uses;
  if (uses.length === 1 && !first?.resultRows && !first?.factors) return { gradientRows: positions };
  const count = positions.length;
  const rowOf = new Int32Array(count);
  const factorOf = uses.some((use) => use.factors) ? new Float32Array(count) : undefined;
  let at = 0;
  let rowStart = 0;
  for (const { ids, resultRows, factors, gradient } of uses) {
    for (let i = 0; i < ids.length; i++, at++) {
      rowOf[at] = rowStart + (resultRows ? (resultRows[i] as number) : i);
      if (factorOf) factorOf[at] = factors ? (factors[i] as number) : 1;
    }
    rowStart += gradient.size / dim;
  }
  const gradientRows = positions.map((position) => rowOf[position] as number);
  if (!factorOf) return { gradientRows };
  return { gradientRows, factors: Float32Array.from(positions, (position) => factorOf[position] as number) };
}

function stackRows(uses: readonly RowUseGradient[], dim: number): Tensor {
  const { backend } = (uses[0] as RowUseGradient).gradient;
  const size = uses.reduce((total, { gradient }) => total + gradient.size, 0);
  const stacked = Tensor.own(backend, backend.allocate("float32", size), [size / dim, dim], "float32");
  let targetOffset = 0;
  for (const { gradient } of uses) {
    backend.copy(gradient, stacked, { sourceOffset: 0, targetOffset, length: gradient.size });
    targetOffset += gradient.size;
  }
  return stacked;
}

function concatInt32(parts: readonly Int32Array[]): Int32Array {
  const joined = new Int32Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
