/** What a worker thread runs when word vectors are trained: Piscina calls the default export once an epoch. */
import { workerData } from "node:worker_threads";
import { joinWordVectorEngine } from "@rowan/backend-cpu";
import type { SharedWordVectors, WordVectorEngine } from "@rowan/backend-cpu";
import { runEpoch } from "./word-vectors/run-epoch.ts";
import type { EpochTotals, WordVectorTask } from "./word-vectors/run-epoch.ts";

/** What every worker of a training gets when it starts. */
export interface WordVectorWorkerData {
  readonly shared: SharedWordVectors;
  readonly task: WordVectorTask;
  /** `[1]`: the next thread's place, which workers take one after another. */
  readonly places: Int32Array;
}

const { shared, task, places } = workerData as WordVectorWorkerData;
// At once: while the first thread fills the vectors, this one compiles.
const engine: Promise<WordVectorEngine> = joinWordVectorEngine(shared, Atomics.add(places, 0, 1));

/**
 * Works on an epoch until its jobs are done.
 *
 * @param epoch - Which one, from 0.
 * @returns What this thread did.
 */
export default async function work(epoch: number): Promise<EpochTotals> {
  return runEpoch(await engine, task, epoch);
}
