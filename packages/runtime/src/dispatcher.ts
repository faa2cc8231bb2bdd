import type { Engine, RunningTask } from "./engine.ts";
import type { JobMessage } from "./protocol.ts";

/** A task that waits for a worker or has one. */
export interface DispatchedTask {
  /** As of `RunningTask`; resolves also where the task was taken back. */
  readonly done: Promise<void>;
  /** Whether no worker has it yet. */
  isWaiting(): boolean;
  /** Takes the task back if no worker has it yet. */
  withdraw(): void;
  /** Ends the worker that has it. */
  kill(): void;
}

interface Waiting {
  readonly job: JobMessage;
  readonly onStart: () => void;
  readonly settle: (done: Promise<void>) => void;
  running?: RunningTask;
}

/** Gives tasks to workers in the order in which they came, never more than there are threads. */
export class Dispatcher {
  readonly #engine: Engine;
  readonly #queue: Waiting[] = [];
  #active = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * Adds a task.
   *
   * @param job - What a worker gets.
   * @param onStart - Called when a worker gets it.
   * @returns The task.
   */
  add(job: JobMessage, onStart: () => void): DispatchedTask {
    let settle: (done: Promise<void>) => void = () => undefined;
    const done = new Promise<void>((resolve) => (settle = resolve));
    const waiting: Waiting = { job, onStart, settle };
    this.#queue.push(waiting);
    this.#start();
    return {
      done,
      isWaiting: () => this.#queue.includes(waiting),
      withdraw: () => {
        const at = this.#queue.indexOf(waiting);
        if (at < 0) return;
        this.#queue.splice(at, 1);
        settle(Promise.resolve());
      },
      kill: () => waiting.running?.kill(),
    };
  }

  #start(): void {
    while (this.#active < this.#engine.threads) {
      const next = this.#queue.shift();
      if (!next) return;
      this.#active++;
      next.onStart();
      next.running = this.#engine.run(next.job);
      const over = next.running.done.finally(() => {
        this.#active--;
        this.#start();
      });
      next.settle(over);
    }
  }
}
