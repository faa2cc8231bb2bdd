import { InvalidArgumentError } from "../errors.ts";
import { Arena, currentArena } from "../tensor/scope.ts";
import { NDArray } from "../tensor/ndarray.ts";
import { Tensor } from "../tensor/tensor.ts";
import { sizeOf } from "../tensor/shape.ts";
import { callBinary } from "./contract-calls.ts";
import type { Variable } from "../table/variable.ts";
import type { RowUse, RowGradient } from "../table/row-gradient.ts";
import { spreadRows, sumRowGradients } from "../table/row-gradient.ts";

/** Given the gradient of an op's result, the gradients of its inputs; null for inputs that have none. */
export type GradientRule = (gradient: Tensor) => readonly (Tensor | null)[];

interface TapeNode {
  readonly output: Tensor;
  readonly inputs: readonly Tensor[];
  readonly rule: GradientRule;
}

/** The gradient of a variable: a tensor of its shape, or, for a table, the touched rows. */
export type Gradient = Tensor | RowGradient;

let active: GradientTape | undefined;

/**
 * Records ops and runs them backwards. The tape is used once: `record`, `gradient`, `dispose`.
 *
 * @example
 * const tape = new GradientTape();
 * const loss = tape.record(() => meanSquaredError(target, layer.call(x)));
 * const gradients = tape.gradient(loss, layer.trainableVariables);
 * await optimizer.apply(gradients, layer.trainableVariables);
 * tape.dispose();
 */
export class GradientTape {
  readonly #nodes: TapeNode[] = [];
  readonly #uses: { readonly output: Tensor; readonly use: RowUse }[] = [];
  readonly #arena: Arena | undefined;

  constructor() {
    // Inside of a scope (or a step) that scope owns what is recorded; a tape of its own keeps it until dispose().
    this.#arena = currentArena() ? undefined : new Arena();
  }

  /**
   * Runs a function and remembers its ops.
   *
   * @param fn - Synchronous work: a forward pass and a loss.
   * @returns What the function returned.
   */
  record<T>(fn: () => T): T {
    const outer = active;
    active = this;
    try {
      const result = this.#arena ? this.#arena.run(fn) : fn();
      if (result instanceof Promise) {
        throw new InvalidArgumentError(
          "`record` takes a synchronous function. Received: one that returned a promise. Prepare rows before, read results after it.",
        );
      }
      return result;
    } finally {
      active = outer;
    }
  }

  /**
   * The gradients of a scalar.
   *
   * @param target - A result of recorded ops with one element, float32.
   * @param variables - What to differentiate by.
   * @returns For each variable its gradient, or null where the target does not depend on it: such a variable gets no update, which is
   *   not the same as a gradient of zero. A table's gradient is a RowGradient: the plan and the summed rows.
   */
  gradient(target: Tensor, variables: readonly Variable[]): (Gradient | null)[] {
    if (target.size !== 1)
      throw new InvalidArgumentError(
        `The target of a gradient must have one element. Received: shape [${target.shape.join(", ")}]. Reduce it with sum or mean first.`,
      );
    const outer = active;
    active = undefined;
    try {
      const work = (): (Gradient | null)[] => this.#backward(target, variables);
      return this.#arena ? this.#arena.run(work) : work();
    } finally {
      active = outer;
    }
  }

  /** Frees what the tape holds. Needed only for a tape that was made outside of a scope. */
  dispose(): void {
    this.#nodes.length = 0;
    this.#uses.length = 0;
    this.#arena?.release();
  }

  /** For ops: remembers how a result came about. */
  push(output: Tensor, inputs: readonly Tensor[], rule: GradientRule): void {
    this.#nodes.push({ output, inputs, rule });
  }

  /** For lookups: remembers which rows of which table a result is made of. */
  pushRows(output: Tensor, use: RowUse): void {
    this.#uses.push({ output, use });
  }

  #backward(target: Tensor, variables: readonly Variable[]): (Gradient | null)[] {
    const needed = this.#reachable(variables);
    const gradients = new Map<Tensor, Tensor>([[target, onesLike(target)]]);
    for (let i = this.#nodes.length - 1; i >= 0; i--) {
      const { output, inputs, rule } = this.#nodes[i] as TapeNode;
      const gradient = gradients.get(output);
      if (!gradient || !inputs.some((input) => needed.has(input))) continue;
      rule(gradient).forEach((part, index) => {
        const input = inputs[index] as Tensor;
        if (part === null || !needed.has(input)) return;
        const before = gradients.get(input);
        gradients.set(input, before ? accumulate(before, part) : part);
      });
    }
    return variables.map((variable) => {
      const dense = variable.isMaterialized ? (gradients.get(variable.stored) ?? null) : null;
      const uses = this.#uses.flatMap(({ output, use }) => {
        const gradient = gradients.get(output);
        return use.variable === variable && gradient ? [{ ...use, gradient }] : [];
      });
      if (uses.length === 0) return dense;
      const rows = sumRowGradients(variable, uses);
      return dense ? accumulate(dense, spreadRows(variable, rows)) : rows;
    });
  }

  /** The tensors through which a variable can be reached, so that nothing is computed for the others (inputs, targets). */
  #reachable(variables: readonly Variable[]): Set<Tensor> {
    const reached = new Set<Tensor>();
    for (const variable of variables) if (variable.isMaterialized) reached.add(variable.stored);
    for (const { output, use } of this.#uses) if (variables.includes(use.variable)) reached.add(output);
    for (const { output, inputs } of this.#nodes) if (inputs.some((input) => reached.has(input))) reached.add(output);
    return reached;
  }
}

/** Two gradients of one tensor, which have its shape. */
function accumulate(a: Tensor, b: Tensor): Tensor {
  return callBinary("add", a, b, a.shape);
}

function onesLike(target: Tensor): Tensor {
  return Tensor.fromHost(new NDArray(new Float32Array(sizeOf(target.shape)).fill(1), target.shape), target.backend);
}

/**
 * Registers an op's result with the tape that records, if one does.
 *
 * @param output - The op's result, float32.
 * @param inputs - The tensors that it depends on.
 * @param rule - Its gradient rule. It runs while nothing records.
 * @returns The same output.
 */
export function record(output: Tensor, inputs: readonly Tensor[], rule: GradientRule): Tensor {
  active?.push(output, inputs, rule);
  return output;
}

/**
 * Registers a lookup's result with the tape that records, if one does.
 *
 * @param output - Rows, or what bags made of them.
 * @param use - Which rows, and how an incoming gradient comes back to them.
 * @returns The same output.
 */
export function recordRows(output: Tensor, use: RowUse): Tensor {
  active?.pushRows(output, use);
  return output;
}

/**
 * Whether a tape records at this moment.
 *
 * @returns True inside of `GradientTape.record`.
 */
export function isRecording(): boolean {
  return active !== undefined;
}

/**
 * Runs ops that no tape shall see.
 *
 * @param fn - Synchronous work.
 * @returns What the function returned.
 */
export function withoutRecording<T>(fn: () => T): T {
  const outer = active;
  active = undefined;
  try {
    return fn();
  } finally {
    active = outer;
  }
}

/**
 * The value of a tensor as a constant: gradients end here.
 *
 * @param x - Any tensor.
 * @returns A tensor of the same memory that no tape follows.
 */
export function stopGradient(x: Tensor): Tensor {
  return withoutRecording(() => x.view(x.shape));
}
