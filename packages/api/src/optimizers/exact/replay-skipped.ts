import type { UpdateRule } from "../../backend/rule.ts";
import { NDArray } from "../../tensor/ndarray.ts";
import { scope } from "../../tensor/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { SkippedSteps, StaleRows } from "./deferred-table.ts";

/** What follows the update of some rows of a tensor, such as a constraint. */
export type AfterUpdate = (target: Tensor, ids: Tensor) => void;

/**
 * Applies skipped steps one by one, with a gradient of zero: bit for bit what a dense sweep does, for options that have no folded
 * form. A row costs as much as its gap is long, so never more than the sweep.
 */
export class ReplaySkipped implements SkippedSteps {
  readonly movesUntouched = true;
  /** A sweep over all rows would cost all the steps that were put off. */
  readonly isFull = false;
  readonly #rules: UpdateRule[] = [];
  readonly #afterUpdate: AfterUpdate;

  /** @param afterUpdate - What follows each update. */
  constructor(afterUpdate: AfterUpdate) {
    this.#afterUpdate = afterUpdate;
  }

  /** How many steps were made since the last `clear`. */
  get steps(): number {
    return this.#rules.length;
  }

  /** Notes a step down. */
  push(rule: UpdateRule): void {
    this.#rules.push(rule);
  }

  /** Applies to each row the steps after its last one. */
  apply({ target, slots, ids }: StaleRows, last: Int32Array): undefined {
    const { backend } = target;
    const order = Int32Array.from(ids.keys()).sort((a, b) => (last[a] as number) - (last[b] as number));
    const sorted = order.map((index) => ids[index] as number);
    let active = 0;
    for (let step = (last[order[0] as number] as number) + 1; step <= this.steps; step++) {
      while (active < order.length && (last[order[active] as number] as number) < step) active++;
      scope(() => {
        const rows = Tensor.fromHost(new NDArray(sorted.subarray(0, active), [active]), backend);
        const dim = target.shape[1] as number;
        const zeros = Tensor.own(backend, backend.allocate("float32", active * dim), [active, dim], "float32");
        backend.update({ rule: this.#rules[step - 1] as UpdateRule, target, slots, ids: rows, gradient: zeros });
        this.#afterUpdate(target, rows);
      });
    }
    return undefined;
  }

  /** All rows are up to date: time starts again at 0. */
  clear(): void {
    this.#rules.length = 0;
  }
}
