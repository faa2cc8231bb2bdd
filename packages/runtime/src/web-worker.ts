/** What a Web Worker runs: the first message is the setup, each further one a task. */
import type { WebRequest } from "./web-messages.ts";
import { createRunJob } from "./worker/run-job.ts";
import type { RunJob } from "./worker/run-job.ts";

interface WorkerScope {
  onmessage: ((event: { readonly data: WebRequest }) => void) | null;
  postMessage(message: null): void;
}

const scope = globalThis as unknown as WorkerScope;
let runJob: RunJob | undefined;

scope.onmessage = ({ data }) => {
  if ("setup" in data) runJob = createRunJob(data.setup);
  else runJob?.(data.job);
  // What was thrown on the way reaches the page as the worker's error event.
  scope.postMessage(null);
};
