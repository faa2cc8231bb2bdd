import { InternalError } from "@rowan/api";
import type { WordVectorEngine } from "@rowan/backend-cpu";
import { Piscina } from "piscina";
import type { WordVectorWorkerData } from "../word-vector-worker.ts";
import { workerFile } from "../worker-file.ts";
import { runEpoch } from "./run-epoch.ts";
import type { EpochTotals, WordVectorTask } from "./run-epoch.ts";

/** Whoever works on the jobs of an epoch. */
export interface Crew {
  /** Resolves when every job of an epoch is done, or the training was told to stop. */
  run(epoch: number): Promise<readonly EpochTotals[]>;
  close(): Promise<void>;
}

/**
 * The calling thread alone. It lets others have their turn after each job, so that timers and signals arrive.
 *
 * @param engine - The vectors.
 * @param task - The corpus and the settings.
 * @returns The crew.
 */
export function createLoneCrew(engine: WordVectorEngine, task: WordVectorTask): Crew {
  const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    run: async (epoch) => [await runEpoch(engine, task, epoch, pause)],
    close: () => Promise.resolve(),
  };
}

/**
 * Worker threads.
 *
 * @param engine - The vectors, in shared memory.
 * @param task - The corpus and the settings, in shared memory too.
 * @param threads - How many.
 * @returns The crew.
 */
export function createThreadCrew(engine: WordVectorEngine, task: WordVectorTask, threads: number): Crew {
  if (!engine.shared) throw new InternalError("threads were wanted over memory that is not shared.");
  const places = new Int32Array(new SharedArrayBuffer(4));
  const pool = new Piscina({
    filename: workerFile("word-vector-worker.js"),
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Infinity,
    concurrentTasksPerWorker: 1,
    // Flags of this process, such as loaders and conditions, are not for a file that is built.
    execArgv: [],
    recordTiming: false,
    workerData: { shared: engine.shared, task, places } satisfies WordVectorWorkerData,
  });
  return {
    run: (epoch) => Promise.all(Array.from({ length: threads }, () => pool.run(epoch) as Promise<EpochTotals>)),
    close: () => pool.destroy(),
  };
}
