import { Arena, EmbeddingTable, GradientTape, NDArray, Tensor, ops, prepareRows } from "@rowan/api";
import type { Backend, Gradient, Optimizer, SparseUpdate, Variable } from "@rowan/api";
import { PreciseBackend } from "../naive/precise-backend.ts";
import type { ApiCase } from "../suite/describe-groups.ts";
import { expectClose } from "../suite/tolerance.ts";
import type { Tolerance } from "../suite/tolerance.ts";

/** Makes an optimizer with a treatment of rows that a step does not touch. */
export type MakeOptimizer = (sparseUpdate: SparseUpdate) => Optimizer;

/** The gradient of one value of a lookup. */
export type GradientOf = (id: number, position: number, column: number) => number;

/** Values in a row of the tables of a stage. */
export const dim = 3;

/** Where a program of tables and optimizers runs: once on the backend under test, once as the reference. */
export class Stage {
  readonly backend: Backend;
  readonly sparseUpdate: SparseUpdate;
  readonly #disposables: { dispose(): void }[] = [];

  constructor(backend: Backend, sparseUpdate: SparseUpdate) {
    this.backend = backend;
    this.sparseUpdate = sparseUpdate;
  }

  /** A table with the same initial values in every run. */
  table(inputDim: number, seed = 3): EmbeddingTable {
    return this.own(EmbeddingTable.create({ inputDim, outputDim: dim, seed, backend: this.backend }));
  }

  /** An optimizer in the mode of this run. */
  optimizer(make: MakeOptimizer): Optimizer {
    return this.own(make(this.sparseUpdate));
  }

  /** Takes care of something that must be disposed. */
  own<T extends { dispose(): void }>(item: T): T {
    this.#disposables.unshift(item);
    return item;
  }

  /** Optimizers before their tables, last made first. */
  end(): void {
    for (const item of this.#disposables.splice(0)) item.dispose();
  }
}

/** One lookup of a step. */
export interface StepLookup {
  readonly table: EmbeddingTable;
  readonly ids: readonly number[];
  readonly gradient?: GradientOf;
}

/** Gradients of very different sizes, 1 to 1e-8 by row, that do not depend on the weights: rounding is not fed back. */
export function gradientAt(step: number): GradientOf {
  return (id, position, column) => Math.sin(1 + id + 3 * position + 5 * column + step) * 10 ** -(2 * (id % 5));
}

/**
 * One update of the tables that a step looks up, as a model makes it: rows prepared first.
 *
 * @param optimizer - The optimizer.
 * @param step - Decides the gradients of lookups that bring none.
 * @param lookups - What is looked up.
 */
export async function push(optimizer: Optimizer, step: number, ...lookups: readonly StepLookup[]): Promise<void> {
  await pushLate(optimizer, step, async () => undefined, ...lookups);
}

/**
 * The same, with something done between the gradients of an update and the update.
 *
 * @param optimizer - The optimizer.
 * @param step - Decides the gradients of lookups that bring none.
 * @param meanwhile - What is done.
 * @param lookups - What is looked up.
 */
export async function pushLate(
  optimizer: Optimizer,
  step: number,
  meanwhile: () => Promise<void>,
  ...lookups: readonly StepLookup[]
): Promise<void> {
  const { backend } = (lookups[0] as StepLookup).table;
  const arena = new Arena();
  try {
    const ids = arena.run(() => lookups.map((one) => Tensor.fromHost(NDArray.from(one.ids, "int32"), backend)));
    await prepareRows(
      lookups.map(({ table }, i) => ({ table, ids: ids[i] as Tensor })),
      { training: true, arena },
    );
    const variables = variablesOf(lookups);
    const gradients = arena.run(() => gradientsOf(lookups, ids, variables, step));
    await meanwhile();
    await optimizer.apply(gradients, variables);
  } finally {
    arena.release();
  }
}

/**
 * The same by hand: a tape, a lookup, an update, and nothing prepared.
 *
 * @param optimizer - The optimizer.
 * @param step - Decides the gradients.
 * @param lookups - What is looked up.
 */
export async function pushByHand(optimizer: Optimizer, step: number, ...lookups: readonly StepLookup[]): Promise<void> {
  const { backend } = (lookups[0] as StepLookup).table;
  const arena = new Arena();
  try {
    const variables = variablesOf(lookups);
    const gradients = arena.run(() =>
      gradientsOf(
        lookups,
        lookups.map((one) => Tensor.fromHost(NDArray.from(one.ids, "int32"), backend)),
        variables,
        step,
      ),
    );
    await optimizer.apply(gradients, variables);
  } finally {
    arena.release();
  }
}

function variablesOf(lookups: readonly StepLookup[]): Variable[] {
  return [...new Set(lookups.map(({ table }) => table.variable))];
}

function gradientsOf(
  lookups: readonly StepLookup[],
  ids: readonly Tensor[],
  variables: readonly Variable[],
  step: number,
): (Gradient | null)[] {
  const tape = new GradientTape();
  const loss = tape.record(() =>
    lookups
      .map(({ table, ids: rows, gradient = gradientAt(step) }, i) => {
        const factors = new NDArray(
          Float32Array.from({ length: rows.length * dim }, (_, at) => {
            const position = Math.floor(at / dim);
            return gradient(rows[position] as number, position, at % dim);
          }),
          [rows.length, dim],
        );
        return ops.sum(ops.multiply(ops.lookup(table, ids[i] as Tensor), Tensor.fromHost(factors, table.backend)));
      })
      .reduce((a, b) => ops.add(a, b)),
  );
  return tape.gradient(loss, variables);
}

/** Work with tables and optimizers; it returns the arrays whose values count. */
export type Program = (stage: Stage) => Promise<readonly NDArray[]>;

/**
 * Weights of 0.05 that move by up to a few units, in a few hundred float32 steps: each step rounds a weight by up to 6e-8 of it, in
 * any mode; these roundings are random, so that hundreds add up to about 1e-6. The folded steps add 1e-6 of a movement.
 */
export const trained: Tolerance = { relative: 2e-6, absolute: 4e-7 };

/**
 * A case that runs a program in exact mode on the backend under test, and in dense mode in float64.
 *
 * @param name - What the program shows.
 * @param program - The work.
 * @param tolerance - How far the values may be apart.
 * @returns The case.
 */
export function sameAsDense(name: string, program: Program, tolerance: Tolerance = trained): ApiCase {
  return {
    name,
    async run(backend) {
      const precise = new PreciseBackend();
      const expected = await outputsOf(new Stage(precise, "dense"), program);
      precise.dispose();
      const actual = await outputsOf(new Stage(backend, "exact"), program);
      expected.forEach((values, i) => {
        expectClose(actual[i]?.data ?? [], values.data, tolerance, `result ${i}`);
      });
    },
  };
}

/**
 * Runs a program and cleans up after it.
 *
 * @param stage - Where to.
 * @param program - The work.
 * @returns What it returned.
 */
export async function outputsOf(stage: Stage, program: Program): Promise<readonly NDArray[]> {
  try {
    return await program(stage);
  } finally {
    stage.end();
  }
}

/** Row 0 at every step, others ever more rarely; rows from 20 on never. */
export function idsOf(step: number): number[] {
  return [0, 0, step % 3, 1 + (step % 7), step % 50 === 0 ? 11 : 0, step % 150 === 1 ? 13 : 1];
}

/** Steps with the usual ids. */
export async function pushMany(table: EmbeddingTable, optimizer: Optimizer, from: number, to: number): Promise<void> {
  for (let step = from; step < to; step++) await push(optimizer, step, { table, ids: idsOf(step) });
}
