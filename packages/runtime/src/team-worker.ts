/** What a helper of a team runs: it waits for work until its thread is ended. */
import { parentPort, workerData } from "node:worker_threads";
import { startKernels } from "@rowan/backend-cpu/thread";
import { asleep, lookOut, parts, takeParts, viewWords } from "./team-protocol.ts";
import type { HelperData, Kernel } from "./team-protocol.ts";

const { compiled, memory, words, kernels, faults } = workerData as HelperData;
const byName = startKernels(compiled, memory) as unknown as Readonly<Record<string, Kernel>>;
const table = kernels.map((name) => byName[name] as Kernel);
const team = viewWords(words);
const { state } = team;

/** Before the words say that a part is done: the calling thread looks for it then, and no event has to bring it. */
function tell(fault: unknown): void {
  try {
    faults.postMessage(fault);
  } catch {
    // It holds what cannot be brought to another thread.
    faults.postMessage(new Error(String(fault)));
  }
}

parentPort?.postMessage(null);
for (;;) {
  const seen = takeParts(team, table, true, tell);
  if (lookOut(() => Atomics.load(state, parts) !== seen)) continue;
  // Whoever brings work wakes those who are counted here; work that came before is seen by `wait` itself.
  Atomics.add(state, asleep, 1);
  Atomics.wait(state, parts, seen);
  Atomics.sub(state, asleep, 1);
}
