import type { JobMessage, WorkerSetup } from "./protocol.ts";

/** A task that a worker has. */
export interface RunningTask {
  /** Settles when the worker does not work on it any more; rejects with what the worker threw, or how it ended. */
  readonly done: Promise<void>;
  /** Ends the worker, whatever it does; `done` settles when its thread is gone. */
  kill(): void;
}

/** Worker threads under a pool: Piscina in Node, Web Workers in browsers. Never given more tasks at once than it has threads. */
export interface Engine {
  readonly threads: number;
  /** How many workers were replaced since the start. */
  readonly restarts: number;
  run(job: JobMessage): RunningTask;
  /** Ends all threads, and resolves when they are gone. */
  close(): Promise<void>;
}

/** What an engine is made with. */
export interface EngineOptions {
  readonly threads: number;
  readonly setup: WorkerSetup;
  /** The worker's program; the engine's own when left out. */
  readonly workerUrl?: string;
}

/** Starts worker threads; rejects with WorkerError when they do not come up. */
export type EngineFactory = (options: EngineOptions) => Promise<Engine>;
