import { add, multiply } from "../ops/arithmetic.ts";
import { keep, scope } from "../tensor/scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import { allocateValues } from "../table/allocate-values.ts";
import type { Variable } from "../table/variable.ts";

/** Exponential moving averages of weights; after Keras 3, base_optimizer._update_model_variables_moving_average. */
export class MovingAverages {
  readonly #momentum: number;
  /** Taken from 1 in float32, as Keras does: the two factors then sum to 1, and a weight that rests has itself as its average. */
  readonly #rest: number;
  readonly #averages = new Map<Variable, Tensor>();

  /** @param momentum - How much of the average stays at each update. */
  constructor(momentum: number) {
    this.#momentum = Math.fround(momentum);
    this.#rest = Math.fround(1 - this.#momentum);
  }

  /**
   * Takes the weights after an update in: `average = momentum * average + (1 - momentum) * w`; in the first update `w` itself.
   *
   * @param variable - Updated, or passed over: its average comes nearer all the same.
   * @param iterations - The number of updates before this one.
   */
  update(variable: Variable, iterations: number): void {
    const target = variable.value;
    const { backend } = target;
    const before = this.#averages.get(variable) ?? this.make(variable);
    scope(() => {
      const next = iterations === 0 ? target : add(multiply(before, this.#momentum), multiply(target, this.#rest));
      backend.copy(next, before, { sourceOffset: 0, targetOffset: 0, length: target.size });
    });
  }

  /**
   * Puts the averages in the place of the weights.
   *
   * @param variables - Those without an average stay as they are.
   */
  overwrite(variables: readonly Variable[]): void {
    for (const variable of variables) {
      const average = this.#averages.get(variable);
      if (!average) continue;
      variable.markChanged();
      variable.value.backend.copy(average, variable.value, { sourceOffset: 0, targetOffset: 0, length: average.size });
    }
  }

  /**
   * The average of a variable.
   *
   * @param variable - Any variable.
   * @returns Its average, or undefined where no update has made one.
   */
  get(variable: Variable): Tensor | undefined {
    return this.#averages.get(variable);
  }

  /**
   * The average of a variable, which starts as its weights are now: until its first update it has been nothing else.
   *
   * @param variable - A variable on a backend.
   * @returns The average, which who restores a state may write to.
   */
  make(variable: Variable): Tensor {
    const known = this.#averages.get(variable);
    if (known) return known;
    const { value, shape } = variable;
    const { backend } = value;
    const average = keep(Tensor.own(backend, allocateValues(backend, variable, shape), shape, "float32"));
    backend.copy(value, average, { sourceOffset: 0, targetOffset: 0, length: value.size });
    this.#averages.set(variable, average);
    variable.onResize.add(this.#resized);
    return average;
  }

  /** Frees the averages. */
  dispose(): void {
    for (const [variable, average] of this.#averages) {
      variable.onResize.delete(this.#resized);
      average.dispose();
    }
    this.#averages.clear();
  }

  /** Rows that stay keep their averages; a new row has been nothing but its initial value, which is its average. */
  readonly #resized = (variable: Variable): void => {
    const before = this.#averages.get(variable);
    if (!before) return;
    this.#averages.delete(variable);
    const average = this.make(variable);
    average.backend.copy(before, average, { sourceOffset: 0, targetOffset: 0, length: Math.min(before.size, average.size) });
    before.dispose();
  };
}
