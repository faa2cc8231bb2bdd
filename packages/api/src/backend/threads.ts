import { UnsupportedOpError } from "../errors.ts";
import { checkPositiveInteger } from "../tensor/shape.ts";
import type { Backend } from "./backend.ts";

/** Threads that a backend computes with, until `end`. */
export interface ThreadLease {
  end(): Promise<void>;
}

/** Lets a backend compute on several threads, the calling one among them; rejects with UnsupportedOpError where it cannot. */
export type ThreadStarter = (backend: Backend, threads: number) => Promise<ThreadLease>;

let starter: ThreadStarter | undefined;

/**
 * Says how `fit({ threads })` gets its threads. `enableTrainingThreads` of @rowan/runtime calls this.
 *
 * @param start - How, or undefined: not at all.
 */
export function setThreadStarter(start: ThreadStarter | undefined): void {
  starter = start;
}

/**
 * Threads for a run.
 *
 * @param backend - Where it computes.
 * @param threads - How many; 1 and undefined take none.
 * @returns The threads, or undefined where the calling one is enough.
 * @throws InvalidArgumentError for what is no number of threads; UnsupportedOpError where nobody gives any.
 */
export async function leaseThreads(backend: Backend, threads: number | undefined): Promise<ThreadLease | undefined> {
  if (threads === undefined || checkPositiveInteger("threads", threads) === 1) return undefined;
  if (starter) return starter(backend, threads);
  throw new UnsupportedOpError(
    `Training on several threads needs @rowan/runtime. Received: threads=${threads}. Import enableTrainingThreads from "@rowan/runtime" and call it once, or leave \`threads\` out.`,
  );
}
