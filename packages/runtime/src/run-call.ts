import { WorkerError } from "@rowan/api";
import { Control, createControl } from "./control.ts";
import type { DispatchedTask, Dispatcher } from "./dispatcher.ts";
import { OwnShare } from "./own-share.ts";
import type { JobMessage, ScratchPlace } from "./protocol.ts";
import type { Stop } from "./stop.ts";
import type { OpenJob } from "./worker/run-job.ts";

/** How long workers may take to notice that a call was called off, before their threads are ended. */
const graceMilliseconds = 1000;

/** So many slices are made ready at a time: enough for every thread to find one. */
const slicesAtOnce = 16;

/** A call as workers see it, but for what differs from task to task. */
export type Call = Omit<JobMessage, "control" | "task" | "scratch">;

/** Makes the next slice ready. Throws where it cannot be, which ends the call. */
export type Supply = (slice: number) => void;

/** How a call runs. */
export interface CallOptions {
  /** Tasks at once, each on a worker. */
  readonly workers: number;
  /** How the calling thread does slices, where it takes a share. */
  readonly openJob: OpenJob | undefined;
  /** How often a slice whose worker failed is tried again. */
  readonly retries: number;
  /** The scratch of each task: those of workers, then that of the calling thread. */
  readonly scratch: readonly (readonly ScratchPlace[])[];
  /** Makes slices ready one after another, where they are not; on the calling thread, which takes a share then. */
  readonly supply: Supply | undefined;
  readonly stop: Stop;
  /** Called when a thread begins, the calling one or a worker. */
  readonly onStart: () => void;
}

declare const setTimeout: (fn: () => void, milliseconds: number) => unknown;
declare const clearTimeout: (timer: unknown) => void;

/**
 * Runs a call on workers, and on the calling thread where it takes a share. When the promise settles, no thread writes to the call's
 * memory any more.
 *
 * @param dispatcher - Gives tasks to workers.
 * @param call - Memories, parts and slices.
 * @param options - Threads, retries, limits.
 * @returns Resolves when every slice is written whole.
 * @throws WorkerError when a slice failed more often than `retries`; the reason of `stop`.
 */
export async function runCall(dispatcher: Dispatcher, call: Call, options: CallOptions): Promise<void> {
  const { stop } = options;
  stop.check();
  const run = new CallRun(dispatcher, call, options);
  const forget = stop.onStop((reason) => run.fail(reason));
  try {
    await run.over();
  } finally {
    forget();
  }
}

class CallRun {
  readonly #dispatcher: Dispatcher;
  readonly #call: Call;
  readonly #options: CallOptions;
  readonly #buffer: SharedArrayBuffer;
  readonly #control: Control;
  readonly #tasks = new Set<DispatchedTask>();
  readonly #failures = new Map<number, number>();
  readonly #own: OwnShare | undefined;
  #supplied = 0;
  #idleFailures = 0;
  #nextTask = 0;
  #failed = false;
  #error: unknown;
  #grace: unknown;
  #finish: () => void = () => undefined;

  constructor(dispatcher: Dispatcher, call: Call, options: CallOptions) {
    this.#dispatcher = dispatcher;
    this.#call = call;
    this.#options = options;
    this.#buffer = createControl(call.slices.length / 3);
    this.#control = new Control(this.#buffer);
    if (options.openJob) {
      const job = this.#job(options.workers);
      const work = options.openJob(job);
      this.#own = new OwnShare(() => this.#supplyNext() || work(), job.task, this.#control, this.#tasks);
    }
    if (options.supply === undefined) {
      this.#supplied = this.#control.slices;
      this.#control.release(this.#supplied);
    }
  }

  async over(): Promise<void> {
    const over = new Promise<void>((resolve) => (this.#finish = resolve));
    // Workers wake while the calling thread makes the first slices ready and does its own.
    for (let lane = 0; lane < this.#options.workers; lane++) this.#launch(lane);
    this.#supplyNext();
    if (this.#own) {
      this.#options.onStart();
      void this.#workOn(this.#own);
    }
    await over;
    // Those that no worker has begun.
    for (const task of this.#tasks) task.withdraw();
    clearTimeout(this.#grace);
    if (this.#failed) throw this.#error;
  }

  /** Makes some further slices ready, before which no thread touches them; false where all are. */
  #supplyNext(): boolean {
    const { supply } = this.#options;
    const count = this.#control.slices;
    if (supply === undefined || this.#supplied === count || this.#failed) return false;
    const end = Math.min(count, this.#supplied + slicesAtOnce);
    try {
      while (this.#supplied < end) supply(this.#supplied++);
    } catch (error) {
      this.fail(error);
      return false;
    }
    this.#control.release(end);
    return true;
  }

  /** Calls it off: workers stop at their next piece, or are ended if they do not. */
  fail(error: unknown): void {
    if (this.#failed || this.#control.isFinished) return;
    this.#failed = true;
    this.#error = error;
    this.#control.cancel();
    for (const task of this.#tasks) task.withdraw();
    this.#grace = setTimeout(() => {
      for (const task of this.#tasks) task.kill();
    }, graceMilliseconds);
  }

  /** What a task gets. A lane is a place for one task at a time, with its scratch. */
  #job(lane: number): JobMessage {
    return { ...this.#call, control: this.#buffer, task: this.#nextTask++, scratch: this.#options.scratch[lane] ?? [] };
  }

  #launch(lane: number): void {
    const job = this.#job(lane);
    const task = this.#dispatcher.add(job, this.#options.onStart);
    this.#tasks.add(task);
    const ended = (): void => {
      this.#tasks.delete(task);
      this.#settle();
    };
    task.done.then(ended, (error: unknown) => {
      if (this.#blame(job.task, error)) {
        this.#launch(lane);
        // Another thread will be ready long after this one.
        if (this.#own && !this.#own.isAtWork) void this.#workOn(this.#own);
      }
      ended();
    });
  }

  /** The calling thread's share. */
  async #workOn(own: OwnShare): Promise<void> {
    for (;;) {
      try {
        await own.run();
        break;
      } catch (error) {
        if (!this.#blame(own.task, error)) break;
      }
    }
    this.#settle();
  }

  /** Frees the slices of a task that failed, which may be once too often; whether they shall be done again. */
  #blame(task: number, cause: unknown): boolean {
    const { retries, workers } = this.#options;
    const slices = this.#control.giveUp(task);
    for (const slice of slices) {
      const failures = (this.#failures.get(slice) ?? 0) + 1;
      this.#failures.set(slice, failures);
      if (failures > retries) this.fail(workerError(cause, failures));
    }
    // A worker that ended before it took anything did no harm; but where all of them do, there must be an end.
    if (slices.length === 0 && ++this.#idleFailures > retries + 2 * workers) this.fail(workerError(cause, this.#idleFailures));
    return !this.#failed && !this.#control.isFinished;
  }

  /** Ends the call where every slice is written, or where nobody works on it any more. A worker that has no slice may still say so. */
  #settle(): void {
    const isIdle = this.#tasks.size === 0 && this.#own?.isAtWork !== true;
    const isFinished = !this.#failed && this.#control.isFinished;
    if (!isFinished && !isIdle) return;
    if (!isFinished && !this.#failed) {
      this.#failed = true;
      this.#error = new WorkerError(
        "Every slice of a call must be written. Received: workers that ended without an error before they were done.",
      );
    }
    this.#finish();
  }
}

function workerError(cause: unknown, failures: number): WorkerError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new WorkerError(
    `A worker must finish its part of a call. Received: ${failures} ${failures === 1 ? "failure" : "failures"} of the same part, the last one: ${message}. The pool has replaced the worker and takes further calls; raise \`retries\` where workers may be killed from outside.`,
    { cause },
  );
}
