import { EventEmitter } from "node:events";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import { WorkerError } from "@rowan/api";
import { Piscina } from "piscina";
import type { Engine, EngineOptions, RunningTask } from "./engine.ts";
import type { JobMessage } from "./protocol.ts";
import { workerFile } from "./worker-file.ts";

/** Workers that do not come up in this time never will. */
const startMilliseconds = 30_000;
/** So many workers may end, one after another, without a task being done in between, before waiting tasks are given up. */
const patience = 12;

/** Worker threads of Node, kept by Piscina. */
class PiscinaEngine implements Engine {
  readonly threads: number;
  readonly #pool: Piscina;
  readonly #running = new Set<() => void>();
  /** For each thread when it is gone. */
  readonly #gone = new WeakMap<Worker, Promise<void>>();
  #started = 0;
  #deaths = 0;
  #lastError: unknown;
  #closed = false;

  constructor(pool: Piscina, threads: number) {
    this.#pool = pool;
    this.threads = threads;
    pool.on("workerCreate", () => this.#started++);
    pool.on("workerDestroy", () => {
      this.#deaths++;
      // After Piscina's own attempt: it gives up replacing workers once one of them ended before it was ready.
      setImmediate(() => this.#heal());
    });
    // Of workers that have no task; `workerDestroy` follows.
    pool.on("error", (error: unknown) => (this.#lastError = error));
  }

  get restarts(): number {
    return Math.max(0, this.#started - this.threads);
  }

  /** Resolves when every thread has answered. */
  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.threads }, () => this.#post(null).done));
    this.#deaths = 0;
  }

  run(job: JobMessage): RunningTask {
    return this.#post(job);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool.destroy();
  }

  #post(job: JobMessage | null): RunningTask {
    // An AbortController would cost as much as the task.
    const stop = new EventEmitter();
    let isKilled = false;
    const before = this.#pool.threads;
    for (const thread of before) this.#watch(thread);
    const kill = (): void => {
      isKilled = true;
      stop.emit("abort");
    };
    this.#running.add(kill);
    const result = this.#pool.run(job, { signal: stop }) as Promise<void>;
    const done = result.then(
      () => {
        this.#deaths = 0;
        this.#running.delete(kill);
      },
      async (error: unknown) => {
        this.#running.delete(kill);
        // A thread that was told to end may still write for a moment: nobody may use the memory before it is gone.
        const threads = new Set(this.#pool.threads);
        await Promise.all(before.filter((thread) => !threads.has(thread)).map((thread) => this.#gone.get(thread) ?? Promise.resolve()));
        throw isKilled ? new WorkerError("A worker was ended.", { cause: this.#lastError }) : error;
      },
    );
    return { done, kill };
  }

  #watch(thread: Worker): void {
    if (this.#gone.has(thread)) return;
    this.#gone.set(
      thread,
      new Promise((resolve) => {
        thread.once("exit", () => {
          resolve();
        });
      }),
    );
  }

  /** Brings the pool back to its size. */
  #heal(): void {
    if (this.#closed || this.#pool.threads.length >= this.threads) return;
    if (this.#deaths > patience) {
      for (const kill of this.#running) kill();
      return;
    }
    // Piscina starts a worker for a task that finds none: as many as there are threads, so that the ones that live do not take them all.
    for (let i = 0; i < this.threads; i++) this.#pool.run(null).catch((error: unknown) => (this.#lastError = error));
  }
}

/**
 * Starts worker threads in Node.
 *
 * @param options - How many, their kernels, their program.
 * @returns The engine, when every thread has answered.
 * @throws WorkerError when a worker does not come up.
 */
export async function createPiscinaEngine({ threads, setup, workerUrl }: EngineOptions): Promise<Engine> {
  const filename = workerUrl === undefined ? workerFile("worker.js") : workerUrl.startsWith("file:") ? fileURLToPath(workerUrl) : workerUrl;
  const pool = new Piscina({
    filename,
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Infinity,
    concurrentTasksPerWorker: 1,
    // Flags of this process, such as loaders and conditions, are not for a file that is built.
    execArgv: [],
    recordTiming: false,
    workerData: setup,
  });
  const engine = new PiscinaEngine(pool, threads);
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${startMilliseconds / 1000} s`)), startMilliseconds);
    });
    await Promise.race([engine.start(), late]);
    return engine;
  } catch (cause) {
    await engine.close();
    throw new WorkerError(
      `The workers of a pool must start. Received: ${cause instanceof Error ? cause.message : String(cause)} from ${filename}. Where a bundler moved this package, keep "piscina" and "@rowan/runtime" external, or pass \`workerUrl\`, the address of dist/worker.js of @rowan/runtime.`,
      { cause },
    );
  } finally {
    clearTimeout(timer);
  }
}
