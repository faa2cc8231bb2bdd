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

/**
 * Does work on several threads of each of some backends.
 *
 * @param backends - Where it computes.
 * @param threads - How many threads each of them gets; 1 takes none.
 * @param work - The work.
 * @returns What it gave. Every lease is ended by then, also where the end of another one failed.
 * @throws What `leaseThreads` and the work throw; where they do not, what the end of a lease throws.
 */
export async function withThreads<T>(backends: Iterable<Backend>, threads: number, work: () => Promise<T>): Promise<T> {
  const leases: ThreadLease[] = [];
  const run = async (): Promise<T> => {
    for (const backend of backends) {
      const lease = await leaseThreads(backend, threads);
      if (lease) leases.push(lease);
    }
    return work();
  };
  const [result] = await Promise.allSettled([run()]);
  const ends = await Promise.allSettled(leases.map(async (lease) => lease.end()));
  if (result.status === "rejected") throw result.reason;
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return result.value;
}
