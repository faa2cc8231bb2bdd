import { walk } from "./steps.ts";
import type { Steps } from "./steps.ts";

const nothing = (): void => undefined;

/**
 * The order of the calls, where some of them have to wait: for rows that come back from the device, or for its word whether it has
 * memory. What comes after waiting work waits with it; while nothing waits, every call is done at once.
 */
export class Line {
  /** The end of the work that was called last; undefined while nothing waits. It never rejects. */
  #last: Promise<void> | undefined;

  /** Whether calls must wait now. */
  get isWaiting(): boolean {
    return this.#last !== undefined;
  }

  /**
   * Work in its turn.
   *
   * @param work - Begins the work.
   * @returns Its result; a promise of it where it has to wait.
   */
  run<T>(work: () => Steps<T>): T | Promise<T> {
    const result = this.#last ? this.#last.then(() => walk(work())) : walk(work());
    if (result instanceof Promise) this.#hold(result);
    return result;
  }

  /**
   * A read in its turn: what it reads is fixed when it begins, so nobody waits for its end.
   *
   * @param begin - Begins the read.
   * @returns What it gives.
   */
  async read<T>(begin: () => Promise<T>): Promise<T> {
    if (!this.#last) return begin();
    const begun = this.#last.then(() => ({ reading: begin() }));
    this.#hold(begun);
    const { reading } = await begun;
    return reading;
  }

  #hold(work: Promise<unknown>): void {
    const last = work.then(nothing, nothing);
    this.#last = last;
    void last.then(() => {
      if (this.#last === last) this.#last = undefined;
    });
  }
}
