import { InvalidArgumentError, TimeoutError, describeValue } from "@rowan/api";

declare const setTimeout: (fn: () => void, milliseconds: number) => unknown;
declare const clearTimeout: (timer: unknown) => void;

/** What a caller may stop a call by: the standard AbortSignal, as far as it is needed here. */
export interface StopSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Everything that may end a call early: the caller's signal, its time limit, the end of the pool. */
export class Stop {
  readonly #signal: StopSignal | undefined;
  readonly #listeners = new Set<(reason: unknown) => void>();
  readonly #timer: unknown;
  #stopped = false;
  #reason: unknown;

  /**
   * Begins to watch.
   *
   * @param signal - The caller's.
   * @param timeout - Milliseconds from now.
   * @throws InvalidArgumentError for what is no signal, and for a limit that is no positive number.
   */
  constructor(signal?: StopSignal, timeout?: number) {
    if (signal !== undefined && typeof (signal as Partial<StopSignal> | null)?.addEventListener !== "function") {
      throw new InvalidArgumentError(
        `\`signal\` must be an AbortSignal. Received: signal=${describeValue(signal)}. Pass controller.signal of an AbortController.`,
      );
    }
    if (timeout !== undefined && !(typeof timeout === "number" && timeout > 0)) {
      throw new InvalidArgumentError(`\`timeout\` must be a positive number of milliseconds. Received: timeout=${describeValue(timeout)}.`);
    }
    this.#signal = signal;
    if (signal?.aborted === true) this.stop(signal.reason);
    else signal?.addEventListener("abort", this.#aborted);
    if (timeout === undefined || timeout === Infinity) return;
    this.#timer = setTimeout(
      () => {
        this.stop(
          new TimeoutError(
            `A call must end within its limit. Received: timeout=${timeout} milliseconds, which have passed. Raise it, or ask for fewer rows at once.`,
          ),
        );
      },
      Math.min(timeout, 2 ** 31 - 1),
    );
  }

  /** Whether anything can stop the call but the end of the pool. */
  get isWatched(): boolean {
    return this.#signal !== undefined || this.#timer !== undefined;
  }

  /** Throws the reason where the call shall not go on. */
  check(): void {
    if (this.#stopped) throw this.#reason;
  }

  /** Stops the call. */
  stop(reason: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#reason = reason;
    for (const listener of this.#listeners) listener(reason);
  }

  /**
   * Tells when the call is stopped.
   *
   * @param listener - Called with the reason.
   * @returns Ends the telling.
   */
  onStop(listener: (reason: unknown) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The call is over: stops watching. */
  end(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#aborted);
  }

  readonly #aborted = (): void => {
    this.stop(this.#signal?.reason);
  };
}
