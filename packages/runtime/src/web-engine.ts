import { InternalError, WorkerError } from "@rowan/api";
import type { Engine, EngineOptions, RunningTask } from "./engine.ts";
import type { JobMessage, WorkerSetup } from "./protocol.ts";
import type { WebRequest } from "./web-messages.ts";

/** What this needs of a Web Worker. */
export interface WebWorker {
  onmessage: (() => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
  onmessageerror: (() => void) | null;
  postMessage(message: WebRequest): void;
  terminate(): void;
}

/** A worker, whose messages are answered one by one. */
class Lane {
  readonly #worker: WebWorker;
  #settle: { resolve: () => void; reject: (error: Error) => void } | undefined;
  isDead = false;

  constructor(worker: WebWorker) {
    this.#worker = worker;
    worker.onmessage = () => this.#take()?.resolve();
    worker.onerror = (event) => this.end(event.message ?? "it could not be loaded");
    worker.onmessageerror = () => this.end("a message could not be read");
  }

  get isBusy(): boolean {
    return this.#settle !== undefined;
  }

  ask(message: WebRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#worker.postMessage(message);
    });
  }

  end(why: string): void {
    this.isDead = true;
    this.#worker.terminate();
    this.#take()?.reject(new WorkerError(`A Web Worker ended: ${why}.`));
  }

  #take(): { resolve: () => void; reject: (error: Error) => void } | undefined {
    const settle = this.#settle;
    this.#settle = undefined;
    return settle;
  }
}

/** Web Workers; one that fails is replaced when its place is needed. */
export class WebEngine implements Engine {
  readonly threads: number;
  readonly #setup: WorkerSetup;
  readonly #make: () => WebWorker;
  readonly #lanes: Lane[] = [];
  #restarts = 0;

  /**
   * @param options - How many, and their kernels.
   * @param make - Makes a worker.
   */
  constructor({ threads, setup }: EngineOptions, make: () => WebWorker) {
    this.threads = threads;
    this.#setup = setup;
    this.#make = make;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Resolves when every worker has answered. */
  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.threads }, () => this.#grow()));
  }

  run(job: JobMessage): RunningTask {
    let lane: Lane | undefined;
    const done = this.#idle().then((found) => {
      lane = found;
      return found.ask({ job });
    });
    return { done, kill: () => lane?.end("it was told to") };
  }

  close(): Promise<void> {
    for (const lane of this.#lanes.splice(0)) lane.end("the pool was closed");
    return Promise.resolve();
  }

  async #idle(): Promise<Lane> {
    const dead = this.#lanes.findIndex(({ isDead }) => isDead);
    const free = this.#lanes.find(({ isBusy, isDead }) => !isBusy && !isDead);
    if (free) return free;
    if (dead < 0) throw new InternalError("more tasks than workers.");
    this.#lanes.splice(dead, 1);
    this.#restarts++;
    return this.#grow();
  }

  async #grow(): Promise<Lane> {
    const lane = new Lane(this.#make());
    this.#lanes.push(lane);
    await lane.ask({ setup: this.#setup });
    return lane;
  }
}
