import { QueueFullError } from "@rowan/api";
import type { Stop } from "./stop.ts";

/** Lets so many calls in at once; further ones wait in the order in which they came, or are refused. */
export class Gate {
  readonly #limit: number;
  readonly #refuses: boolean;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(limit: number, refuses: boolean) {
    this.#limit = limit;
    this.#refuses = refuses;
  }

  /** Calls that are inside or wait. */
  get depth(): number {
    return this.#inside + this.#waiting.length;
  }

  /**
   * Waits until there is room.
   *
   * @param stop - Ends the waiting.
   * @param isPatient - Whether this one waits also where calls are refused.
   * @throws QueueFullError where there is no room and calls are refused; the reason of `stop`.
   */
  async enter(stop: Stop, isPatient: boolean): Promise<void> {
    stop.check();
    if (this.#inside < this.#limit) {
      this.#inside++;
      return;
    }
    if (this.#refuses && !isPatient) {
      throw new QueueFullError(
        `A pool takes so many calls at once. Received: one more than maxQueue=${this.#limit}. Wait for earlier ones, raise \`maxQueue\`, or set whenFull: "wait".`,
      );
    }
    await new Promise<void>((resolve) => {
      const enter = (): void => {
        forget();
        resolve();
      };
      const forget = stop.onStop(() => {
        const at = this.#waiting.indexOf(enter);
        if (at < 0) return;
        this.#waiting.splice(at, 1);
        enter();
      });
      this.#waiting.push(enter);
    });
    stop.check();
  }

  /** Whether a call would find room at once. */
  get hasRoom(): boolean {
    return this.#inside < this.#limit;
  }

  /** A call is over: the next one takes its place. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#inside--;
  }
}
