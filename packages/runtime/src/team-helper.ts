import { MessageChannel, Worker, receiveMessageOnPort } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { WorkerError, describeValue } from "@rowan/api";
import type { HelperData, HelperSetup } from "./team-protocol.ts";

/** A further thread of a training team, as the calling thread sees it. */
export class TeamHelper {
  readonly #worker: Worker;
  readonly #program: string;
  readonly #faults: MessagePort;
  #cause: unknown;
  #exitCode: number | undefined;

  /**
   * Starts the thread.
   *
   * @param program - Its file.
   * @param setup - What it gets.
   * @param onExit - Called when it has ended, however that came.
   */
  constructor(program: string, setup: HelperSetup, onExit: () => void) {
    this.#program = program;
    // Flags of this process, such as loaders and conditions, are not for a file that is built.
    const { port1, port2 } = new MessageChannel();
    this.#faults = port1;
    const workerData: HelperData = { ...setup, faults: port2 };
    this.#worker = new Worker(program, { workerData, transferList: [port2], execArgv: [] });
    this.#worker.on("error", (cause) => (this.#cause = cause));
    this.#worker.once("exit", (code) => {
      this.#exitCode = code;
      onExit();
    });
  }

  /** What is known of its end. */
  get fate(): { readonly text: string; readonly cause: unknown } {
    const cause = this.#cause;
    const code = this.#exitCode === undefined ? "" : ` with exit code ${this.#exitCode}`;
    const why = cause === undefined ? "" : `: ${messageOf(cause)}`;
    return { text: `a thread that ended${code}${why}`, cause };
  }

  /** Resolves when the thread looks for work; a process waits for that, and not for the thread afterwards. */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#worker.once("message", () => {
        // The first look keeps when the thread's loop began, without which later ones say nothing.
        this.isGone();
        this.#worker.unref();
        resolve();
      });
      this.#worker.once("exit", () => reject(this.startError()));
    });
  }

  /** What is thrown where it ended before its team began. */
  startError(): WorkerError {
    const { text, cause } = this.fate;
    return new WorkerError(
      `The threads of a training team must start. Received: ${text}, from ${this.#program}. Where a bundler moved this package, keep "@rowan/runtime" external.`,
      { cause },
    );
  }

  /**
   * Whether the thread has ended, as it is at this moment: its `exit` event waits until the calling thread looks after its events, which
   * it does not while it waits for a part. The times of a thread that lives are above 0, and its idle time is not below.
   */
  isGone(): boolean {
    const { idle, active } = this.#worker.performance.eventLoopUtilization();
    return !(idle >= 0 && active > 0);
  }

  /** What a kernel threw in the thread, if one did since the last time; known at once, without an event. */
  takeFault(): { readonly fault: unknown } | undefined {
    const received = receiveMessageOnPort(this.#faults) as { message: unknown } | undefined;
    return received && { fault: received.message };
  }

  /** Ends the thread; a process waits for that. */
  async end(): Promise<void> {
    this.#worker.ref();
    await this.#worker.terminate();
    this.#faults.close();
  }
}

/**
 * What a thread says of its failure.
 *
 * @param cause - What it threw; of another thread it may be no Error of this one.
 * @returns One line.
 */
export function messageOf(cause: unknown): string {
  const message = (cause as { readonly message?: unknown } | null | undefined)?.message;
  return typeof message === "string" ? message : describeValue(cause);
}
