import { fill } from "../backend/defaults.ts";
import { slotNames, slotShape } from "../backend/rule.ts";
import type { UpdateRule } from "../backend/rule.ts";
import { allocateValues } from "../table/allocate-values.ts";
import type { Variable } from "../table/variable.ts";
import { keep } from "../tensor/scope.ts";
import { sameShape, sizeOf } from "../tensor/shape.ts";
import type { Shape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";

/** A tensor beside a variable, by the name that its rule gives it. */
export interface Slot {
  readonly name: string;
  readonly tensor: Tensor;
}

/** The tensors that a rule keeps beside variables: made at their first use, and as large as a table is now. */
export class Slots {
  readonly #rule: () => UpdateRule;
  readonly #start: () => number;
  readonly #slots = new Map<Variable, Tensor[]>();

  /**
   * @param rule - Any rule of the optimizer: which slots there are depends on its kind and options, not on its step.
   * @param start - With which value they start.
   */
  constructor(rule: () => UpdateRule, start: () => number) {
    this.#rule = rule;
    this.#start = start;
  }

  /** Whether there are any. */
  get isEmpty(): boolean {
    return this.#slots.size === 0;
  }

  /** Whether those of a variable have been made. */
  has(variable: Variable): boolean {
    return this.#slots.has(variable);
  }

  /**
   * The slots of a variable, made where there are none yet.
   *
   * @param variable - A variable on a backend.
   * @returns By `slotNames` of the rule, each of the `slotShape` of the variable, float32.
   */
  of(variable: Variable): readonly Tensor[] {
    const known = this.#slots.get(variable);
    const rule = this.#rule();
    const shape = slotShape(rule, variable.shape);
    if (known?.every((slot) => sameShape(slot.shape, shape)) === true) return known;
    const slots = slotNames(rule).map((_, index) => this.#make(variable, shape, known?.[index]));
    for (const slot of known ?? []) slot.dispose();
    this.#slots.set(variable, slots);
    variable.onResize.add(this.#resized);
    return slots;
  }

  /**
   * The slots of a variable with their names, made where there are none yet.
   *
   * @param variable - A variable on a backend.
   * @returns In the order of `of`.
   */
  named(variable: Variable): readonly Slot[] {
    const names = slotNames(this.#rule());
    return this.of(variable).map((tensor, index) => ({ name: names[index] as string, tensor }));
  }

  /**
   * How large they are, made or not.
   *
   * @param variables - Any variables.
   * @returns The number of elements.
   */
  count(variables: readonly Variable[]): number {
    const rule = this.#rule();
    return slotNames(rule).length * variables.reduce((total, { shape }) => total + sizeOf(slotShape(rule, shape)), 0);
  }

  /** Frees them; the next use makes fresh ones. */
  dispose(): void {
    for (const [variable, slots] of this.#slots) {
      variable.onResize.delete(this.#resized);
      for (const slot of slots) slot.dispose();
    }
    this.#slots.clear();
  }

  /** At once: a table that shrinks and grows again must not find the state of rows that were gone. */
  readonly #resized = (variable: Variable): void => {
    this.of(variable);
  };

  #make(variable: Variable, shape: Shape, before: Tensor | undefined): Tensor {
    const { backend } = variable.stored;
    const slot = keep(Tensor.own(backend, allocateValues(backend, variable, shape), shape, "float32"));
    const start = this.#start();
    if (start !== 0) fill(backend, slot, start);
    // A table that was resized keeps the state of the rows that stayed.
    if (before) backend.copy(before, slot, { sourceOffset: 0, targetOffset: 0, length: Math.min(before.size, slot.size) });
    return slot;
  }
}
