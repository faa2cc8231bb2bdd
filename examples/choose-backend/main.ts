/**
 * One program on every backend that is there, with the same numbers: `node tools/run-example.mjs choose-backend`.
 */
import { BackendUnavailableError, Dense, Embedding, Flatten, Sequential, setRandomSeed } from "@rowan/api";
import type { Backend, BackendFactory } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { createTfjsBackend } from "@rowan/backend-tfjs";
import { createWebGpuBackend } from "@rowan/backend-webgpu";

const factories: Readonly<Record<string, BackendFactory>> = {
  cpu: createCpuBackend,
  "tfjs, native": () => createTfjsBackend({ engine: "node" }),
  "tfjs, WASM": () => createTfjsBackend({ engine: "wasm" }),
  "tfjs, JavaScript": () => createTfjsBackend({ engine: "cpu" }),
  webgpu: () => createWebGpuBackend(),
};

/** Ten words, by their numbers: in the first four sentences the second word decides. */
const sentences = [
  [1, 5, 3],
  [2, 5, 4],
  [1, 6, 4],
  [2, 6, 3],
];
const isPraise = [1, 1, 0, 0];

/** The program: it knows no backend. */
async function praiseOf(backend: Backend): Promise<number[]> {
  setRandomSeed(7);
  const model = new Sequential(
    [new Embedding({ inputDim: 10, outputDim: 4, inputLength: 3 }), new Flatten(), new Dense({ units: 1, activation: "sigmoid" })],
    { backend },
  );
  model.compile({ optimizer: "adam", loss: "binaryCrossentropy" });
  await model.fit(sentences, isPraise, { epochs: 50, verbose: 0 });
  const { data } = await model.predict(sentences, { verbose: 0 });
  model.dispose();
  return Array.from(data);
}

/** What a backend gave, or why it is not there. */
export type Outcome = { readonly device: string; readonly praise: readonly number[] } | { readonly missing: string };

/**
 * Trains the same model on every backend.
 *
 * @returns By the backend's name, what it gave.
 */
export async function main(): Promise<Readonly<Record<string, Outcome>>> {
  const outcomes: Record<string, Outcome> = {};
  for (const [name, factory] of Object.entries(factories)) {
    outcomes[name] = await outcomeOf(factory);
    const outcome = outcomes[name];
    const text =
      "missing" in outcome ? `not there: ${outcome.missing}` : `${outcome.praise.map((p) => p.toFixed(4)).join("  ")}  ${outcome.device}`;
    console.log(`${name.padEnd(16)}  ${text}`);
  }
  return outcomes;
}

async function outcomeOf(factory: BackendFactory): Promise<Outcome> {
  let backend: Backend;
  try {
    backend = await factory();
  } catch (error) {
    if (error instanceof BackendUnavailableError) return { missing: error.message };
    throw error;
  }
  try {
    return { device: backend.device, praise: await praiseOf(backend) };
  } finally {
    backend.dispose();
  }
}
