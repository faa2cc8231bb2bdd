import type { CatchUpArgs } from "../../backend/backend.ts";
import type { UpdateRule } from "../../backend/rule.ts";
import type { PlannedLookup } from "../../table/deferred-rows.ts";
import { NDArray } from "../../tensor/ndarray.ts";
import { scope } from "../../tensor/scope.ts";
import { catchUp } from "./catch-up.ts";
import type { SkippedSteps, StaleRows } from "./deferred-table.ts";
import { FoldedSteps } from "./folded-steps.ts";
import { Tensor, hostVector } from "../../tensor/tensor.ts";

/** Applies skipped steps in their folded form: the cost of a row does not grow with its gap. */
export class FoldSkipped implements SkippedSteps {
  readonly #rule: UpdateRule;
  readonly #folded: FoldedSteps;
  /** By step, one more than the group of its rows; 0 between calls. */
  #groupOf = new Int32Array(0);

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

  /** Whether all rows must be brought up to date now. */
  get isFull(): boolean {
    return this.#folded.isFull;
  }

  /** Notes a step down. */
  push(rule: UpdateRule): void {
    this.#folded.push(rule);
  }

  /** Applies to each row the steps after its last one, and looks rows up in the same pass where the backend can. */
  apply({ target, slots, ids }: StaleRows, last: Int32Array, lookup?: PlannedLookup): Tensor | undefined {
    const { columns } = this.#folded;
    const { groups, steps } = this.#groupByStep(last);
    const factors = new Float32Array(steps.length * columns);
    steps.forEach((step, group) => {
      this.#folded.write(step, factors, group * columns);
    });
    const { backend } = target;
    return scope(() => {
      const args: CatchUpArgs = {
        rule: this.#rule,
        target,
        slots,
        ids: hostVector(backend, ids),
        factors: Tensor.fromHost(new NDArray(factors, [steps.length, columns]), backend),
        groups: hostVector(backend, groups),
      };
      if (!lookup || !backend.catchUpGather) {
        catchUp(backend, args);
        return undefined;
      }
      const { places, plan } = lookup;
      const { unique, offsets } = plan;
      const handle = backend.catchUpGather({ ...args, places, unique, offsets, positions: hostVector(backend, plan.positions) });
      return Tensor.own(backend, handle, [places.size, target.shape[1] as number], "float32");
    });
  }

  /** All rows are up to date: time starts again at 0. */
  clear(): void {
    this.#folded.clear();
  }

  /** The steps that occur, each once, and for each row which of them is its own: rows of one step share their numbers. */
  #groupByStep(last: Int32Array): { groups: Int32Array; steps: number[] } {
    if (this.#groupOf.length <= this.steps) this.#groupOf = new Int32Array(2 * (this.steps + 1));
    const groupOf = this.#groupOf;
    const groups = new Int32Array(last.length);
    const steps: number[] = [];
    for (let i = 0; i < last.length; i++) {
      const step = last[i] as number;
      if (groupOf[step] === 0) groupOf[step] = steps.push(step);
      groups[i] = (groupOf[step] as number) - 1;
    }
    for (const step of steps) groupOf[step] = 0;
    return { groups, steps };
  }
}
