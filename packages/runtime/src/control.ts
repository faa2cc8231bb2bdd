/**
 * The words of a call that its tasks share: whether it was called off, and who works on which slice. A task takes a slice that is free,
 * so that a fast thread does more of them; the slices of a task that died are those that it had taken and not finished.
 */

const cancelled = 0;
const firstSlice = 1;

/** Nobody has taken it. */
export const free = 0;
/** Every row of it is written. */
export const finished = -1;

/**
 * Room for the words of a call.
 *
 * @param slices - How many slices it has.
 * @returns Shared memory, all slices free.
 */
export function createControl(slices: number): SharedArrayBuffer {
  return new SharedArrayBuffer((firstSlice + slices) * 4);
}

/** The words of one call. */
export class Control {
  readonly #words: Int32Array<SharedArrayBuffer>;

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
  }

  /**
   * Takes the first free slice.
   *
   * @param task - Who takes it.
   * @returns Its number, or -1 when none is free.
   */
  take(task: number): number {
    for (let slice = 0; slice < this.slices; slice++) {
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
