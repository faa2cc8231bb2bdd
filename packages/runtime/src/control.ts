/**
 * The words of a call that its tasks share: whether it was called off, how many slices have all that they need, and who works on which
 * slice. A task takes a slice that is free, so that a fast thread does more of them; the slices of a task that died are those that it
 * had taken and not finished.
 */

const cancelled = 0;
const ready = 1;
const firstSlice = 2;

/** Nobody has taken it. */
export const free = 0;
/** Every row of it is written. */
export const finished = -1;

/**
 * Room for the words of a call.
 *
 * @param slices - How many slices it has.
 * @returns Shared memory, all slices free and none of them ready.
 */
export function createControl(slices: number): SharedArrayBuffer {
  return new SharedArrayBuffer((firstSlice + slices) * 4);
}

/** The words of one call. */
export class Control {
  readonly #words: Int32Array<SharedArrayBuffer>;
  /** No slice before this one was free when it was looked for. */
  #next = 0;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
  }

  /** How many slices there are. */
  get slices(): number {
    return this.#words.length - firstSlice;
  }

  /** Whether tasks shall stop at their next piece. */
  isCancelled(): boolean {
    return Atomics.load(this.#words, cancelled) !== 0;
  }

  /** Tells tasks to stop at their next piece. */
  cancel(): void {
    Atomics.store(this.#words, cancelled, 1);
    this.release(this.slices);
  }

  /** Says that so many of the first slices are ready. */
  release(slices: number): void {
    Atomics.store(this.#words, ready, slices);
    Atomics.notify(this.#words, ready);
  }

  /**
   * Takes a free slice that is ready: the first one after those that were taken before, if there is one. A worker waits for slices that
   * will be ready; the thread that makes them so asks when they all are.
   *
   * @param task - Who takes it.
   * @returns Its number, or -1 when none is free.
   */
  take(task: number): number {
    for (;;) {
      const count = Atomics.load(this.#words, ready);
      const later = this.#takeBetween(task, this.#next, count);
      // A task may have given up an earlier one.
      const slice = later < 0 ? this.#takeBetween(task, 0, Math.min(this.#next, count)) : later;
      if (slice >= 0) this.#next = slice + 1;
      if (slice >= 0 || count === this.slices) return slice;
      Atomics.wait(this.#words, ready, count);
    }
  }

  #takeBetween(task: number, from: number, to: number): number {
    for (let slice = from; slice < to; slice++) {
      const word = firstSlice + slice;
      if (Atomics.load(this.#words, word) === free && Atomics.compareExchange(this.#words, word, free, task + 1) === free) return slice;
    }
    return -1;
  }

  /** Says that a slice is written whole. */
  finish(slice: number): void {
    Atomics.store(this.#words, firstSlice + slice, finished);
  }

  /** Whether every slice is written whole. */
  get isFinished(): boolean {
    for (let slice = 0; slice < this.slices; slice++) if (Atomics.load(this.#words, firstSlice + slice) !== finished) return false;
    return true;
  }

  /**
   * Frees what a task had taken and not finished.
   *
   * @param task - A task that does not run any more.
   * @returns These slices.
   */
  giveUp(task: number): number[] {
    const slices: number[] = [];
    for (let slice = 0; slice < this.slices; slice++) {
      if (Atomics.compareExchange(this.#words, firstSlice + slice, task + 1, free) === task + 1) slices.push(slice);
    }
    return slices;
  }
}
