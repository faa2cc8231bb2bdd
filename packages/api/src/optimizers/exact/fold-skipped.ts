import type { UpdateRule } from "../../backend/rule.ts";
import { NDArray } from "../../tensor/ndarray.ts";
import { scope } from "../../tensor/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { catchUp } from "./catch-up.ts";
import type { SkippedSteps, StaleRows } from "./deferred-table.ts";
import { FoldedSteps } from "./folded-steps.ts";

/** Applies skipped steps in their folded form: the cost of a row does not grow with its gap. */
export class FoldSkipped implements SkippedSteps {
  readonly #rule: UpdateRule;
  readonly #folded: FoldedSteps;

  /** @param rule - Any rule of the optimizer. */
  constructor(rule: UpdateRule) {
    this.#rule = rule;
    this.#folded = new FoldedSteps(rule);
  }

  /** How many steps were made since the last `clear`. */
  get steps(): number {
    return this.#folded.steps;
  }

  /** Weight decay moves every row. */
  get movesUntouched(): boolean {
    return this.#folded.movesUntouched;
  }

  /** Notes a step down. */
  push(rule: UpdateRule): void {
    this.#folded.push(rule);
  }

  /** Applies to each row the steps after its last one. */
  apply({ target, slots, ids }: StaleRows, last: Int32Array): void {
    const { columns } = this.#folded;
    const factors = new Float32Array(ids.length * columns);
    // Rows of one step share their numbers, and rows of one step often follow each other.
    const places = new Map<number, number>();
    for (let i = 0; i < ids.length; i++) {
      const step = last[i] as number;
      const known = places.get(step);
      if (known === undefined) {
        places.set(step, i * columns);
        this.#folded.write(step, factors, i * columns);
      } else {
        factors.copyWithin(i * columns, known, known + columns);
      }
    }
    scope(() => {
      const { backend } = target;
      catchUp(backend, {
        rule: this.#rule,
        target,
        slots,
        ids: Tensor.fromHost(new NDArray(ids, [ids.length]), backend),
        factors: Tensor.fromHost(new NDArray(factors, [ids.length, columns]), backend),
      });
    });
  }

  /** All rows are up to date: time starts again at 0. */
  clear(): void {
    this.#folded.clear();
  }
}
