import { WorkerError } from "@rowan/api";
import { Control, createControl } from "./control.ts";
import type { DispatchedTask, Dispatcher } from "./dispatcher.ts";
import type { JobMessage, ScratchPlace } from "./protocol.ts";
import type { Stop } from "./stop.ts";

/** How long workers may take to notice that a call was called off, before their threads are ended. */
const graceMilliseconds = 1000;

/** A call as workers see it, but for what differs from task to task. */
export type Call = Omit<JobMessage, "control" | "task" | "scratch">;

/** How a call runs. */
export interface CallOptions {
  /** Tasks at once. */
  readonly threads: number;
  /** How often a slice whose worker failed is tried again. */
  readonly retries: number;
  /** The scratch of each task: as many as `threads`. */
  readonly scratch: readonly (readonly ScratchPlace[])[];
  readonly stop: Stop;
  /** Called with each task that a worker gets. */
  readonly onStart: () => void;
}

declare const setTimeout: (fn: () => void, milliseconds: number) => unknown;
declare const clearTimeout: (timer: unknown) => void;

/**
 * Runs a call on workers. When the promise settles, no thread works on the call any more.
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
  }

  async over(): Promise<void> {
    const over = new Promise<void>((resolve) => (this.#finish = resolve));
    const tasks = Math.min(this.#options.threads, this.#control.slices);
    for (let lane = 0; lane < tasks; lane++) this.#launch(lane);
    await over;
    clearTimeout(this.#grace);
    if (this.#failed) throw this.#error;
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

  /** A lane is a place for one task at a time, with its scratch. */
  #launch(lane: number): void {
    const { onStart, scratch } = this.#options;
    const number = this.#nextTask++;
    const task = this.#dispatcher.add({ ...this.#call, control: this.#buffer, task: number, scratch: scratch[lane] ?? [] }, onStart);
    this.#tasks.add(task);
    task.done.then(
      () => this.#ended(task),
      (error: unknown) => {
        this.#retry(lane, number, error);
        this.#ended(task);
      },
    );
  }

  #retry(lane: number, number: number, cause: unknown): void {
    const { retries, threads } = this.#options;
    const slices = this.#control.giveUp(number);
    for (const slice of slices) {
      const failures = (this.#failures.get(slice) ?? 0) + 1;
      this.#failures.set(slice, failures);
      if (failures > retries) this.fail(workerError(cause, failures));
    }
    // A worker that ended before it took anything did no harm; but where all of them do, there must be an end.
    if (slices.length === 0 && ++this.#idleFailures > retries + 2 * threads) this.fail(workerError(cause, this.#idleFailures));
    if (!this.#failed && !this.#control.isFinished) this.#launch(lane);
  }

  #ended(task: DispatchedTask): void {
    this.#tasks.delete(task);
    if (this.#tasks.size > 0) return;
    if (!this.#failed && !this.#control.isFinished) {
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
