import { Worker } from "node:worker_threads";
import { Dense, Embedding, Flatten, Sequential, setRandomSeed } from "@rowan/api";
import { expect, test, vi } from "vitest";
import { createTfjsBackend } from "./index.ts";
import { hasNativeEngine } from "./testing/native-engine.ts";

vi.setConfig({ testTimeout: 60_000 });

const engines = ["cpu", "wasm", ...(hasNativeEngine() ? (["node"] as const) : [])] as const;
const ids = Array.from({ length: 16 }, (_, i) => [i, i + 7, (i * 3) % 50]);

/** Workers are started by Node, which reads no TypeScript: the hooks of the examples do. Trains, tells what the model says then, and stays. */
const program = `
  const { register } = require("node:module");
  const { parentPort, workerData } = require("node:worker_threads");
  register(workerData.hooks);
  (async () => {
    const { createTfjsBackend } = await import(workerData.entry);
    const { Dense, Embedding, Flatten, Sequential, setRandomSeed } = await import(workerData.api);
    const backend = await createTfjsBackend({ engine: workerData.engine });
    setRandomSeed(1);
    const model = new Sequential([new Embedding({ inputDim: 50, outputDim: 4, inputLength: 3 }), new Flatten(), new Dense({ units: 1 })], { backend });
    model.compile({ optimizer: "adam", loss: "mse" });
    await model.fit(workerData.ids, workerData.ids.map((_, i) => i % 2), { epochs: 5, batchSize: 8, shuffle: false, verbose: 0 });
    const { data } = await model.predict(workerData.ids, { verbose: 0 });
    parentPort.postMessage({ data, device: backend.device, shared: backend.capabilities.sharedTables });
    setInterval(() => undefined, 1000);
  })();
`;

interface Answer {
  readonly data: Float32Array;
  readonly device: string;
  readonly shared: boolean;
}

function start(engine: string): { readonly worker: Worker; readonly answer: Promise<Answer> } {
  const workerData = {
    engine,
    ids,
    hooks: new URL("../../../tools/ts-hooks.mjs", import.meta.url).href,
    entry: new URL("./index.ts", import.meta.url).href,
    api: new URL("../../api/src/index.ts", import.meta.url).href,
  };
  const worker = new Worker(program, { eval: true, workerData, execArgv: ["--conditions=@rowan/source"] });
  const answer = new Promise<Answer>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("The worker ended without an answer.")));
  });
  return { worker, answer };
}

async function trainHere(engine: (typeof engines)[number]): Promise<{ model: Sequential; data: Float32Array; dispose: () => void }> {
  const backend = await createTfjsBackend({ engine });
  setRandomSeed(1);
  const model = new Sequential([new Embedding({ inputDim: 50, outputDim: 4, inputLength: 3 }), new Flatten(), new Dense({ units: 1 })], {
    backend,
  });
  model.compile({ optimizer: "adam", loss: "mse" });
  await model.fit(
    ids,
    ids.map((_, i) => i % 2),
    { epochs: 5, batchSize: 8, shuffle: false, verbose: 0 },
  );
  const { data } = await model.predict(ids, { verbose: 0 });
  return { model, data: data as Float32Array, dispose: () => backend.dispose() };
}

test.each(engines)(
  "%s: three workers at once and the main thread have backends of their own, which give the same bits, and one that is ended takes nothing along",
  async (engine) => {
    const here = await trainHere(engine);
    const workers = [start(engine), start(engine), start(engine)];
    const beside = trainHere(engine);
    const answers = await Promise.all(workers.map(({ answer }) => answer));
    for (const { data, shared } of answers) {
      expect(data).toEqual(here.data);
      // Each has memory of its own: no thread can read another one's table.
      expect(shared).toBe(false);
    }
    expect((await beside).data).toEqual(here.data);
    // Ended with all of their tensors alive.
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
    const after = start(engine);
    expect((await after.answer).data).toEqual(here.data);
    await after.worker.terminate();
    expect((await here.model.predict(ids, { verbose: 0 })).data).toEqual(here.data);
    here.dispose();
    (await beside).dispose();
  },
);
