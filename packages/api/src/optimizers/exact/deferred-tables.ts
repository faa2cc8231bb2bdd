import type { UpdateRule } from "../../backend/rule.ts";
import type { Variable } from "../../table/variable.ts";
import { constrainRows } from "../constrain.ts";
import type { Slots } from "../slots.ts";
import { DeferredTable } from "./deferred-table.ts";
import { FoldSkipped } from "./fold-skipped.ts";
import { ReplaySkipped } from "./replay-skipped.ts";

/** The tables of which one optimizer has left rows behind. */
export class DeferredTables {
  readonly #rule: () => UpdateRule;
  readonly #slots: Slots;
  readonly #tables = new Map<Variable, DeferredTable>();

  /**
   * @param rule - Any rule of the optimizer: how steps are folded depends on its kind and options, not on its step.
   * @param slots - The optimizer's state.
   */
  constructor(rule: () => UpdateRule, slots: Slots) {
    this.#rule = rule;
    this.#slots = slots;
  }

  /**
   * The rows of a table that the optimizer leaves behind. Another optimizer's are brought up to date before it takes over.
   *
   * @param variable - A table.
   * @param plan - How skipped steps are applied.
   * @returns The same object each time.
   */
  of(variable: Variable, plan: "fold" | "replay"): DeferredTable {
    const deferred = this.#tables.get(variable) ?? this.#make(variable, plan);
    if (variable.deferred !== deferred) {
      variable.deferred?.settle();
      variable.deferred = deferred;
    }
    return deferred;
  }

  /** Someone else may read and write the state of a variable from now on: rows that are behind are brought up to date. */
  expose(variable: Variable): void {
    this.#tables.get(variable)?.expose();
  }

  /** Brings all rows up to date, and forgets the tables. */
  dispose(): void {
    for (const [variable, deferred] of this.#tables) {
      variable.onResize.delete(this.#resized);
      if (variable.deferred !== deferred) continue;
      deferred.settle();
      variable.deferred = undefined;
    }
    this.#tables.clear();
  }

  #make(variable: Variable, plan: "fold" | "replay"): DeferredTable {
    const { constraint } = variable;
    const skipped =
      plan === "fold"
        ? new FoldSkipped(this.#rule())
        : new ReplaySkipped((target, ids) => {
            if (constraint) constrainRows(target, ids, constraint);
          });
    const deferred = new DeferredTable(variable, () => this.#slots.of(variable), skipped, !this.#slots.has(variable));
    this.#tables.set(variable, deferred);
    variable.onResize.add(this.#resized);
    return deferred;
  }

  readonly #resized = (variable: Variable): void => {
    this.#tables.get(variable)?.resized(variable.shape[0] as number);
  };
}
