/** What a worker thread of Node runs: Piscina calls the default export with each task. */
import { workerData } from "node:worker_threads";
import type { JobMessage, WorkerSetup } from "./protocol.ts";
import { createRunJob } from "./worker/run-job.ts";
import type { RunJob } from "./worker/run-job.ts";

/** Works on a call; see `createRunJob`. */
export const runJob: RunJob = createRunJob(workerData as WorkerSetup);

/**
 * Does a task.
 *
 * @param task - A call to work on, or null, which only shows that the worker runs.
 */
export default function work(task: JobMessage | null): void {
  if (task) runJob(task);
}
