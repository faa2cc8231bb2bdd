import { fillWords } from "@rowan/api";
import type { WordVectorEngine } from "@rowan/backend-cpu";

/** Places in the numbers that the threads of a training share. */
export const control = { nextJob: 0, stop: 1, done: 2, length: 3 } as const;

/** What all threads of a training know. */
export interface WordVectorTask {
  readonly ids: Int32Array;
  readonly ends: Uint32Array;
  readonly jobs: Uint32Array;
  readonly epochs: number;
  readonly seed: number;
  readonly learningRate: number;
  readonly minLearningRate: number;
  /** `[control.length]`: the next job, whether to stop, and how many words are done. */
  readonly control: Int32Array;
}

/**
 * How often a thread's copy of a frequent row may move before it is settled with the row that all threads share: rarely enough that rows do
 * not go from core to core all the time, often enough that two threads do not walk the same way twice. Steps grow smaller with the
 * learning rate, and so do the ways of the copies.
 */
const firstPatience = 16;
const mostPatience = 256;

/** Sums over the jobs that one thread did. */
export interface EpochTotals {
  loss: number;
  products: number;
  kept: number;
}

/**
 * Takes jobs, one after another, until none is left or the training stops.
 *
 * A job's draws depend on the seed, the epoch and the job alone, not on the thread that does it. The learning rate falls with the words
 * that come before the job, in all epochs.
 *
 * @param engine - The vectors.
 * @param task - The corpus and the settings.
 * @param epoch - Which epoch, from 0.
 * @param pause - Called after each job; the next one waits for it.
 * @returns What was done.
 */
export async function runEpoch(
  engine: WordVectorEngine,
  task: WordVectorTask,
  epoch: number,
  pause?: () => Promise<void>,
): Promise<EpochTotals> {
  const totals: EpochTotals = { loss: 0, products: 0, kept: 0 };
  const random = new Uint32Array(4);
  const { ids, ends, jobs } = task;
  for (;;) {
    const job = Atomics.add(task.control, control.nextJob, 1);
    if (job >= jobs.length || Atomics.load(task.control, control.stop) !== 0) {
      engine.settle();
      return totals;
    }
    const first = job === 0 ? 0 : (jobs[job - 1] as number);
    const start = first === 0 ? 0 : (ends[first - 1] as number);
    const sentences = Int32Array.from(ends.subarray(first, jobs[job]), (end) => end - start);
    const end = start + (sentences.at(-1) as number);
    fillWords(random, 4 * job, { seed: task.seed, purpose: "sample", step: epoch });
    // All zeros is the one state that a generator of this kind never leaves.
    random[3] = (random[3] as number) | 1;
    const progress = (epoch + start / ids.length) / task.epochs;
    const rate = Math.max(task.minLearningRate, task.learningRate - (task.learningRate - task.minLearningRate) * progress);
    const patience = Math.min(mostPatience, Math.round(firstPatience * (task.learningRate / rate) ** 2));
    const work = engine.train(ids.subarray(start, end), sentences, random, rate, patience);
    totals.loss += work.loss;
    totals.products += work.products;
    totals.kept += work.kept;
    Atomics.add(task.control, control.done, end - start);
    await pause?.();
  }
}
