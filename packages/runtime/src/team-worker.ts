/** What a helper of a team runs: it waits for work until its thread is ended. */
import { workerData } from "node:worker_threads";
import { asleep, lookOut, parts, takeParts, viewWords } from "./team-protocol.ts";
import type { HelperSetup } from "./team-protocol.ts";

interface WebAssemblyApi {
  readonly Instance: new (
    module: object,
    imports: { env: { memory: object } },
  ) => { readonly exports: Readonly<Record<string, (...args: number[]) => void>> };
}

const { module, memory, words, kernels } = workerData as HelperSetup;
const { Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
const { exports } = new Instance(module, { env: { memory } });
const table = kernels.map((name) => exports[name] as (...args: number[]) => void);
const team = viewWords(words);
const { state } = team;

for (;;) {
  takeParts(team, (kernel, args) => table[kernel]?.(...args));
  const seen = Atomics.load(state, parts);
  if (lookOut(() => Atomics.load(state, parts) !== seen)) continue;
  // Whoever brings work wakes those who are counted here; work that came before is seen by `wait` itself.
  Atomics.add(state, asleep, 1);
  Atomics.wait(state, parts, seen);
  Atomics.sub(state, asleep, 1);
}
