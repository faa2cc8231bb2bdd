import type { Backend } from "../backend.ts";
import type { Sample } from "./cost-model.ts";
import { rehearse } from "./rehearsal.ts";
import type { Rehearsal } from "./rehearsal.ts";
import { now, timeCalls, timeTurn } from "./time-calls.ts";
import type { Workload } from "./workload.ts";

/** The largest table that is made for a measurement, in values: 8 MiB. Training makes two more of that size. */
const tableValues = 2 ** 21;
/** The most values of rows that one timed call moves. */
const callValues = 2 ** 20;
/** The parts of the batch that are timed on the way to the whole of it: what is far too slow is known before it takes its time. */
const parts = [1 / 64, 1 / 16, 1 / 4, 1] as const;

/** A part of the work that takes so many times as long as another backend takes for all of it ends the measurement. */
const tooSlow = 1.5;
/** So does a part from which all of it would take so many times as long; many threads may do a large batch better than a small one. */
const hopeless = 3;
/** But not one of so few milliseconds: an interruption may have been most of it. */
const cheapMs = 2;
/** A step that takes so many times as long with a table four times as large copies the table; caches make less of a difference. */
const copies = 1.5;

/**
 * The timing of a workload on a backend, which goes on from parts of the batch to the whole of it as long as it is worth it. It holds
 * memory on the backend until `dispose`.
 *
 * A table that is too large for a short measurement is timed at a smaller size. Training then also looks whether the table's size counts,
 * which it does where an update copies the table. A batch that is too large is carried on along a line.
 */
export class Measurement {
  readonly #backend: Backend;
  readonly #workload: Workload;
  readonly #whole: Rehearsal;
  /** Rows of the table that was made. */
  readonly #rows: number;
  /** What is timed, the fewest ids first. */
  readonly #sizes: readonly number[];
  readonly #times: { readonly size: number; readonly ms: number }[] = [];
  readonly #began = now();
  #copyingMs = 0;
  #turnMs: number | undefined;
  #wakingMs = 0;

  private constructor(backend: Backend, workload: Workload) {
    const { inputDim, outputDim, batch } = workload;
    const ids = Math.min(batch, Math.max(1, Math.floor(callValues / outputDim)));
    this.#backend = backend;
    this.#workload = workload;
    this.#rows = Math.min(inputDim, Math.max(1, Math.floor(tableValues / outputDim)));
    this.#sizes = [...new Set(parts.map((part) => Math.max(1, Math.floor(ids * part))))];
    this.#whole = rehearse(backend, { ...workload, inputDim: this.#rows, batch: ids });
  }

  /**
   * Makes what is needed, and wakes the engine.
   *
   * @param backend - Where.
   * @param workload - What.
   */
  static async begin(backend: Backend, workload: Workload): Promise<Measurement> {
    const measurement = new Measurement(backend, workload);
    try {
      await measurement.#wake();
      return measurement;
    } catch (error) {
      measurement.dispose();
      throw error;
    }
  }

  /** Milliseconds of the very first call, in which an engine compiles what it needs. */
  get wakingMs(): number {
    return this.#wakingMs;
  }

  /** All of the work was timed, or as much of it as ever is. */
  get isWhole(): boolean {
    return this.#times.length === this.#sizes.length;
  }

  /** Milliseconds of a call of the workload: measured, or along the line of the two largest parts that were timed. */
  get ms(): number {
    const [last, before] = this.#times.toReversed();
    if (last === undefined) return Infinity;
    const slope = before ? Math.max(0, last.ms - before.ms) / (last.size - before.size) : last.ms / last.size;
    return (this.#turnMs ?? last.ms) + slope * (this.#workload.batch - last.size) + this.#copyingMs;
  }

  /** What the largest part took that was timed, in milliseconds. */
  get partMs(): number {
    return this.#times.at(-1)?.ms ?? 0;
  }

  /** What was timed, and what it comes to. */
  get samples(): readonly Sample[] {
    const { inputDim, outputDim, batch } = this.#workload;
    const timed = this.#times.map(({ size, ms }): Sample => ({ inputDim: this.#rows, outputDim, batch: size, ms }));
    return this.isWhole ? [...timed.filter((sample) => sample.batch < batch), { inputDim, outputDim, batch, ms: this.ms }] : timed;
  }

  /**
   * Goes on to larger parts of the batch while they fit into a time; two are timed in any case, which make a line.
   *
   * @param budgetMs - About how long, in milliseconds, since the measurement began.
   */
  async growFor(budgetMs: number): Promise<void> {
    while (!this.isWhole) {
      const left = budgetMs - (now() - this.#began) + this.#wakingMs;
      if (this.#times.length > 1 && this.#nextMs() > left) return;
      // Half of the time is for the whole batch.
      await this.#timeNext(this.#times.length === this.#sizes.length - 1 ? left : left / 4);
    }
  }

  /**
   * Goes on to the whole batch, unless a part of it shows that another backend is faster by far.
   *
   * @param bestMs - What the other takes, in milliseconds; Infinity where there is none.
   * @param forMs - About how long each part is timed, in milliseconds; at least one call.
   * @returns Whether it came to the end.
   */
  async finish(bestMs: number, forMs: number): Promise<boolean> {
    while (!this.isWhole) {
      if (this.partMs > cheapMs && (this.partMs > tooSlow * bestMs || (this.#times.length > 1 && this.ms > hopeless * bestMs)))
        return false;
      await this.#timeNext(forMs);
    }
    if (this.#workload.work === "train" && this.#rows < this.#workload.inputDim) await this.#seeCopies(forMs);
    return true;
  }

  /**
   * Times the whole once more, by the average of its calls.
   *
   * @param forMs - About how long, in milliseconds; at least one call.
   * @returns Milliseconds of the timed call.
   */
  async turn(forMs: number): Promise<number> {
    return timeTurn(() => this.#whole.run(), forMs);
  }

  /**
   * Ends the turns.
   *
   * @param ms - What they came to, in milliseconds of the timed call.
   */
  settle(ms: number): void {
    this.#turnMs = ms;
  }

  /** Gives the backend's memory back. */
  dispose(): void {
    this.#whole.dispose();
  }

  async #wake(): Promise<void> {
    this.#wakingMs = await timeTurn(() => this.#whole.run(this.#sizes[Math.min(1, this.#sizes.length - 1)]), 0);
  }

  /** About what the next part takes, in milliseconds. */
  #nextMs(): number {
    const [last, before] = this.#times.toReversed();
    const next = this.#sizes[this.#times.length];
    if (last === undefined || next === undefined) return 0;
    return last.ms + (Math.max(0, last.ms - (before?.ms ?? 0)) / (last.size - (before?.size ?? 0))) * (next - last.size);
  }

  async #timeNext(forMs: number): Promise<void> {
    const size = this.#sizes[this.#times.length] as number;
    this.#times.push({ size, ms: await timeCalls(() => this.#whole.run(size), forMs) });
  }

  /** Compares the few ids of the first part in the table with the same in a quarter of it. */
  async #seeCopies(forMs: number): Promise<void> {
    const [few] = this.#sizes as readonly [number];
    const quarter = Math.max(1, Math.floor(this.#rows / 4));
    const part = rehearse(this.#backend, { ...this.#workload, inputDim: quarter, batch: few });
    try {
      const partMs = await timeCalls(() => part.run(), forMs / 2);
      const wholeMs = Math.min(this.#times[0]?.ms ?? Infinity, await timeCalls(() => this.#whole.run(few), forMs / 2));
      if (wholeMs < copies * partMs) return;
      this.#copyingMs = ((wholeMs - partMs) / (this.#rows - quarter)) * (this.#workload.inputDim - this.#rows);
    } finally {
      part.dispose();
    }
  }
}
