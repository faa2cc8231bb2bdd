import { planRows, takeBehind } from "../../backend/defaults.ts";
import type { UpdateRule } from "../../backend/rule.ts";
import type { DeferredRows, PlannedLookup, RowSelection } from "../../table/deferred-rows.ts";
import type { Variable } from "../../table/variable.ts";
import { scope } from "../../tensor/scope.ts";
import { Tensor, hostVector } from "../../tensor/tensor.ts";

/** A way to apply the skipped steps of rows. */
export interface SkippedSteps {
  /** How many steps were made since the last `clear`. */
  readonly steps: number;
  /** Whether a row that was never touched has moved all the same. */
  readonly movesUntouched: boolean;
  /** Whether all rows must be brought up to date now, before the next step. */
  readonly isFull: boolean;
  /** Notes a step down. */
  push(rule: UpdateRule): void;
  /**
   * Applies to each row the steps after its last one.
   *
   * @param rows - The table (or a copy of rows of it), its state, and which rows.
   * @param last - For each of these rows the step at which it was touched last.
   * @param lookup - A lookup in the table, of whose rows these are some, in the order of its plan.
   * @returns Float32 `[n, dim]`: all rows of the lookup, where they came along.
   */
  apply(rows: StaleRows, last: Int32Array, lookup?: PlannedLookup): Tensor | undefined;
  /** All rows are up to date: time starts again at 0. */
  clear(): void;
}

/** Rows that are to be brought up to date. */
export interface StaleRows {
  readonly target: Tensor;
  readonly slots: readonly Tensor[];
  /** Row numbers, each once. */
  readonly ids: Int32Array;
}

/** A row that no step has touched: its state is zero. */
const untouched = -1;
/** Rows that are brought up to date at once when all of them are. */
const blockRows = 1 << 16;

/** The rows of one table that one optimizer has left behind: for each, after which step it was brought up to date. */
export class DeferredTable implements DeferredRows {
  readonly #variable: Variable;
  readonly #slots: () => readonly Tensor[];
  readonly #skipped: SkippedSteps;
  #last: Int32Array;
  /**
   * The rows of the plan that was brought up to date last. They are noted as if its step had been made, so that the step itself need not
   * go through their notes again: these lie all over memory. Whoever reads or writes notes takes that back first.
   */
  #planned: Int32Array | undefined;
  /** Room for rows that are behind, and for the steps at which they are. */
  #rows = new Int32Array(0);
  #before = new Int32Array(0);

  /**
   * @param variable - The table.
   * @param slots - Its state, at this moment.
   * @param skipped - How skipped steps are applied.
   * @param isFresh - The state is zero: no step has touched any row.
   */
  constructor(variable: Variable, slots: () => readonly Tensor[], skipped: SkippedSteps, isFresh: boolean) {
    this.#variable = variable;
    this.#slots = slots;
    this.#skipped = skipped;
    this.#last = new Int32Array(variable.shape[0] as number).fill(isFresh ? untouched : 0);
  }

  /** Brings rows up to date, in place; all of them when no ids are given. */
  settle(ids?: Int32Array): void {
    this.#takeBack();
    if (ids) {
      this.#settleRows(ids);
      return;
    }
    const rows = this.#last.length;
    if (this.#skipped.steps === 0) return;
    for (let from = 0; from < rows; from += blockRows) {
      this.#settleRows(Int32Array.from({ length: Math.min(blockRows, rows - from) }, (_, i) => from + i));
    }
    this.#restartTime();
  }

  /** Brings the rows of a plan up to date, in place. */
  settlePlanned(rows: Int32Array, lookup?: PlannedLookup): Tensor | undefined {
    if (this.#planned === rows) return undefined;
    this.#takeBack();
    const found = this.#settleRows(rows, 1, lookup);
    this.#planned = rows;
    return found;
  }

  /** What rows would be if they were brought up to date, without changing any. */
  peek(ids: Int32Array): RowSelection | undefined {
    this.#takeBack();
    if (!ids.some((id) => this.#isBehind(id))) return undefined;
    const { stored } = this.#variable;
    const { backend } = stored;
    const { unique, offsets, positions } = planRows(backend, ids, this.#last.length);
    const chosen = hostVector(backend, unique);
    const copyRows = (source: Tensor): Tensor =>
      Tensor.own(backend, backend.gather(source, chosen), [unique.length, source.shape[1] as number], "float32");
    const source = copyRows(stored);
    const behind = Int32Array.from(unique.keys()).filter((index) => this.#isBehind(unique[index] as number));
    scope(() => {
      const last = behind.map((index) => Math.max(0, this.#last[unique[index] as number] as number));
      this.#skipped.apply({ target: source, slots: this.#slots().map(copyRows), ids: behind }, last);
    });
    const selected = new Int32Array(ids.length);
    for (let row = 0; row < unique.length; row++) {
      for (let i = offsets[row] as number; i < (offsets[row + 1] as number); i++) selected[positions[i] as number] = row;
    }
    return { source, ids: selected };
  }

  /**
   * A step was made.
   *
   * @param rule - Its rule.
   * @param touched - The rows that it updated, which were up to date; all rows when left out.
   */
  advance(rule: UpdateRule, touched?: Int32Array): void {
    const isNoted = touched !== undefined && touched === this.#planned;
    if (isNoted) this.#planned = undefined;
    else this.#takeBack();
    this.#skipped.push(rule);
    const now = this.#skipped.steps;
    const last = this.#last;
    if (!touched) last.fill(now);
    else if (!isNoted) for (let i = 0; i < touched.length; i++) last[touched[i] as number] = now;
    if (this.#skipped.isFull) this.settle();
  }

  /** Someone else may read and write the state from now on: it is brought up to date, and no row counts as untouched. */
  expose(): void {
    this.settle();
    for (let id = 0; id < this.#last.length; id++) if (this.#last[id] === untouched) this.#last[id] = 0;
  }

  /** The table has another number of rows now; it was brought up to date before. */
  resized(rows: number): void {
    this.#takeBack();
    const last = new Int32Array(rows).fill(untouched);
    last.set(this.#last.subarray(0, Math.min(rows, this.#last.length)));
    this.#last = last;
  }

  #isBehind(id: number): boolean {
    const last = this.#last[id] as number;
    return last === untouched ? this.#skipped.movesUntouched : last !== this.#skipped.steps;
  }

  /**
   * Brings rows up to date.
   *
   * @param ids - Which.
   * @param ahead - They are noted as so many steps further on.
   * @param lookup - Whose rows they are.
   * @returns The rows of the lookup, where they came along.
   */
  #settleRows(ids: Int32Array, ahead: 0 | 1 = 0, lookup?: PlannedLookup): Tensor | undefined {
    const now = this.#skipped.steps;
    const next = now + ahead;
    if (this.#rows.length < ids.length) {
      this.#rows = new Int32Array(ids.length);
      this.#before = new Int32Array(ids.length);
    }
    const [rows, before, last] = [this.#rows, this.#before, this.#last];
    const taken = takeBehind(this.#variable.backend, { last, ids, now, next, rows, before });
    const count = this.#skipped.movesUntouched ? taken : this.#leaveUntouched(taken, ahead === 0);
    if (count === 0) return undefined;
    this.#variable.markChanged();
    try {
      const steps = before.subarray(0, count);
      const stale = { target: this.#variable.stored, slots: this.#slots(), ids: rows.subarray(0, count) };
      // Only where rows move that were never touched are there any; a call for each row would be a good part of a step.
      return this.#skipped.apply(stale, this.#skipped.movesUntouched ? steps.map((step) => Math.max(0, step)) : steps, lookup);
    } catch (error) {
      if (ahead) for (const id of ids) last[id] = now;
      for (let i = 0; i < count; i++) last[rows[i] as number] = before[i] as number;
      throw error;
    }
  }

  /** Takes rows that no step has touched, and that nothing moves, out of the lists. They stay untouched, or are about to be touched. */
  #leaveUntouched(taken: number, staysUntouched: boolean): number {
    const [rows, before] = [this.#rows, this.#before];
    let count = before.subarray(0, taken).indexOf(untouched);
    if (count === -1) return taken;
    for (let i = count; i < taken; i++) {
      const id = rows[i] as number;
      const step = before[i] as number;
      if (step !== untouched) {
        rows[count] = id;
        before[count++] = step;
      } else if (staysUntouched) this.#last[id] = untouched;
    }
    return count;
  }

  /** The planned step has not come, or not yet: its rows are noted as they are. None of them counts as untouched any more, which changes no number. */
  #takeBack(): void {
    if (!this.#planned) return;
    const now = this.#skipped.steps;
    for (const id of this.#planned) this.#last[id] = now;
    this.#planned = undefined;
  }

  /** Every row is up to date now, so the history can go: it does not grow for ever in a run that saves now and then. */
  #restartTime(): void {
    this.#skipped.clear();
    for (let id = 0; id < this.#last.length; id++) if (this.#last[id] !== untouched) this.#last[id] = 0;
  }
}
