import { breathe } from "./breathe.ts";
import type { Control } from "./control.ts";
import type { DispatchedTask } from "./dispatcher.ts";

declare const performance: { now(): number };

/** After so many milliseconds of work the calling thread looks after its events. */
const breathMilliseconds = 1;
/** So long it waits for workers to say that they are free, when all is done. */
const farewellMilliseconds = 0.1;
/** So long it looks, without sleeping, for the others to end their last slices: waking it would take longer than these do. */
const patienceMilliseconds = 4;

/** The calling thread's share of a call: slices between which it stays responsive. */
export class OwnShare {
  /** The number of its task in the call. */
  readonly task: number;
  readonly #work: () => boolean;
  readonly #control: Control;
  readonly #others: ReadonlySet<Pick<DispatchedTask, "isWaiting">>;
  #isAtWork = false;

  /**
   * @param work - Does a slice; false where none is free, or the call was called off.
   * @param task - The number that `work` takes slices by.
   * @param control - The call's.
   * @param others - The tasks of workers, as they are at any moment.
   */
  constructor(work: () => boolean, task: number, control: Control, others: ReadonlySet<Pick<DispatchedTask, "isWaiting">>) {
    this.#work = work;
    this.task = task;
    this.#control = control;
    this.#others = others;
  }

  /** Whether `run` has not ended. */
  get isAtWork(): boolean {
    return this.#isAtWork;
  }

  /**
   * Works until no slice is free, and then watches for a moment: for the end of the call, or for a slice that a worker gives up.
   *
   * @throws What a slice throws, which stays taken.
   */
  async run(): Promise<void> {
    this.#isAtWork = true;
    try {
      // That a worker is done with the call before may not be known yet.
      if (this.#areWaiting()) await breathe();
      let last = performance.now();
      let worked = last;
      for (;;) {
        const didSlice = this.#work();
        const now = performance.now();
        if (didSlice) worked = now;
        else if (this.#isOver(now - worked)) return;
        if (didSlice && now - last < breathMilliseconds && !this.#areWaiting()) continue;
        await breathe();
        last = performance.now();
      }
    } finally {
      this.#isAtWork = false;
    }
  }

  #areWaiting(): boolean {
    for (const task of this.#others) if (task.isWaiting()) return true;
    return false;
  }

  #isOver(idle: number): boolean {
    if (this.#control.isCancelled() || this.#others.size === 0) return true;
    // That workers are free again is worth a moment: the next call would begin without them.
    return idle > (this.#control.isFinished ? farewellMilliseconds : patienceMilliseconds);
  }
}
