import type { Backend } from "../backend/backend.ts";
import type { StartedStep } from "./step.ts";

/** A run of steps over the batches of a data set. */
export interface StepRun<T> {
  /** The first step, and the one behind the last. */
  readonly from: number;
  readonly to: number;
  /** Starts a step. */
  readonly start: (step: number) => Promise<StartedStep<T>>;
  /**
   * Takes what a step gave, in the order of the steps.
   *
   * @returns False to end the run.
   */
  readonly finish: (result: T, step: number) => Promise<boolean> | boolean;
  /** Each step is finished before the next one starts, since somebody looks at what it gave. */
  readonly isWatched: boolean;
}

/**
 * Runs steps one after another. Where results take time to come back, as from a GPU, the next step is prepared, uploaded and computed while
 * those of the one before are on their way.
 *
 * @param backend - Where they run. One that can read at once has nothing to wait for.
 * @param run - The steps.
 */
export async function runSteps<T>(backend: Backend, { from, to, start, finish, isWatched }: StepRun<T>): Promise<void> {
  const ahead = isWatched || backend.capabilities.syncRead ? 0 : 1;
  const waiting: { readonly step: number; readonly result: Promise<T> }[] = [];
  try {
    for (let step = from; step < to || waiting.length > 0; step++) {
      if (step < to) waiting.push({ step, result: (await start(step)).result });
      const [first] = waiting;
      if (first === undefined || (step < to && waiting.length <= ahead)) continue;
      const goesOn = await finish(await first.result, first.step);
      waiting.shift();
      if (!goesOn) return;
    }
  } finally {
    // Whoever fails or stops leaves no step behind: its memory and its errors end here.
    await Promise.allSettled(waiting.map(({ result }) => result));
  }
}
