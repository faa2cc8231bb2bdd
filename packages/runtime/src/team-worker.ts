/** What a helper of a team runs: it waits for orders until its thread is ended. */
import { workerData } from "node:worker_threads";
import { argumentsOffset, done, failed, orders, spins } from "./team-protocol.ts";
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
const state = new Int32Array(words, 0, argumentsOffset / 4);
const order = new Float64Array(words, argumentsOffset);

// The first order is number 1; that this thread runs is its answer to number 0.
Atomics.store(state, done, 0);
for (let last = 0; ;) {
  for (let spin = 0; spin < spins && Atomics.load(state, orders) === last; spin++);
  if (Atomics.load(state, orders) === last) Atomics.wait(state, orders, last);
  const now = Atomics.load(state, orders);
  if (now === last) continue;
  last = now;
  try {
    const kernel = exports[kernels[order[0] as number] as string];
    kernel?.(...order.subarray(2, 2 + (order[1] as number)));
    if (!kernel) Atomics.store(state, failed, 1);
  } catch {
    Atomics.store(state, failed, 1);
  }
  Atomics.store(state, done, last);
  Atomics.notify(state, done);
}
