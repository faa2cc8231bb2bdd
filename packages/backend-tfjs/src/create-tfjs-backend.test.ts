import { Dense, Embedding, Flatten, InvalidArgumentError, Sequential, listBackends, registerBackend, setRandomSeed } from "@rowan/api";
import type { Backend, BackendReport } from "@rowan/api";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";
import { createTfjsBackend } from "./index.ts";
import { hasNativeEngine } from "./testing/native-engine.ts";
import { takeTurn } from "./turns.ts";

const engines = ["cpu", "wasm", ...(hasNativeEngine() ? (["node"] as const) : [])] as const;

async function trained(backend: Backend): Promise<Sequential> {
  setRandomSeed(1);
  const model = new Sequential(
    [new Embedding({ inputDim: 50, outputDim: 4, inputLength: 3 }), new Flatten(), new Dense({ units: 1, activation: "sigmoid" })],
    { backend },
  );
  model.compile({ optimizer: "adam", loss: "binaryCrossentropy" });
  const ids = Array.from({ length: 16 }, (_, i) => [i, i + 7, (i * 3) % 50]);
  const labels = ids.map((_, i) => i % 2);
  await model.fit(ids, labels, { epochs: 2, batchSize: 8, shuffle: false, verbose: 0 });
  return model;
}

test.each(engines)("%s: steps and predictions leave no tensor of TensorFlow.js behind", async (engine) => {
  const backend = await createTfjsBackend({ engine });
  const before = { core: tf.memory().numTensors, ours: backend.memory() };
  const model = await trained(backend);
  const during = { core: tf.memory().numTensors, ours: backend.memory(), ids: dataIds(engine) };
  await model.fit([[1, 2, 3]], [1], { epochs: 3, verbose: 0 });
  await model.predict([[1, 2, 3]], { verbose: 0 });
  expect({ core: tf.memory().numTensors, ours: backend.memory(), ids: dataIds(engine) }).toEqual(during);
  model.dispose();
  expect({ core: tf.memory().numTensors, ours: backend.memory() }).toEqual(before);
  backend.dispose();
});

/** What the engine itself holds, where it tells. */
function dataIds(engine: string): number {
  return engine === "node" ? 0 : tf.findBackend(engine).numDataIds();
}

test.each(engines)("%s: dispose frees what is still alive", async (engine) => {
  const backend = await createTfjsBackend({ engine });
  const before = dataIds(engine);
  backend.allocate("float32", 100);
  const x = { handle: backend.allocate("float32", 4), shape: [2, 2], dtype: "float32" } as const;
  backend.matmul(x, x, false, false);
  expect(backend.memory().buffers).toBe(3);
  backend.dispose();
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  expect(dataIds(engine)).toBe(before);
});

test.each(engines)("%s: the active backend of TensorFlow.js stays the user's", async (engine) => {
  await createTfjsBackend({ engine: "cpu" });
  await tf.setBackend("cpu");
  const backend = await createTfjsBackend({ engine });
  const x = { handle: backend.allocate("float32", 4), shape: [4], dtype: "float32" } as const;
  backend.write(x, Float32Array.of(1, -2, 3, -4), 0);
  const sum = tf.tidy(() => tf.add(tf.tensor1d([1, 2]), 1).dataSync());
  const result = { handle: backend.unary("abs", x), shape: [4], dtype: "float32" } as const;
  expect(Array.from(sum)).toEqual([2, 3]);
  expect(Array.from(await backend.read(result, 0, 4))).toEqual([1, 2, 3, 4]);
  expect(tf.getBackend()).toBe("cpu");
  backend.dispose();
});

test("starting an engine leaves the program's choice of TensorFlow.js alone, also while it starts, and shares what the program starts", async () => {
  const factory = tf.findBackendFactory("wasm");
  const forget = (): void => {
    tf.removeBackend("wasm");
    tf.registerBackend("wasm", factory);
  };
  forget();
  await tf.setBackend("cpu");
  const started = createTfjsBackend({ engine: "wasm" });
  const seen = new Set<string>();
  const state = { isStarting: true };
  void started.finally(() => (state.isStarting = false));
  while (state.isStarting) {
    seen.add(tf.getBackend());
    // Where a start is pending in TensorFlow.js, its operations throw.
    expect(tf.tidy(() => tf.add(tf.tensor1d([1, 2]), 1).dataSync()[1])).toBe(3);
    await new Promise((resolve) => setTimeout(resolve));
  }
  expect([...seen]).toEqual(["cpu"]);
  (await started).dispose();

  forget();
  const [ours, theirs] = await Promise.all([createTfjsBackend({ engine: "wasm" }), tf.setBackend("wasm")]);
  expect(theirs).toBe(true);
  const x = { handle: ours.allocate("float32", 4), shape: [2, 2], dtype: "float32" } as const;
  ours.write(x, Float32Array.of(1, 2, 3, 4), 0);
  const product = { handle: ours.matmul(x, x, false, false), shape: [2, 2], dtype: "float32" } as const;
  expect([...(await ours.read(product, 0, 4))]).toEqual([7, 10, 15, 22]);
  expect([...tf.tidy(() => tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync())]).toEqual([11]);
  ours.dispose();
  await tf.setBackend("cpu");
});

test("engines train beside each other, and give the same numbers", async () => {
  const backends = await Promise.all(engines.map((engine) => createTfjsBackend({ engine })));
  const models = await Promise.all(backends.map(trained));
  const results = await Promise.all(models.map((model) => model.predict([[4, 5, 6]], { verbose: 0 })));
  for (const { data } of results) expect(data[0]).toBeCloseTo(results[0]?.data[0] as number, 5);
  for (const model of models) model.dispose();
  for (const backend of backends) expect(backend.memory().buffers).toBe(0);
});

test("turns come one after another, also after one that failed", async () => {
  const order: string[] = [];
  const failing = takeTurn(async () => {
    order.push("first begins");
    await Promise.resolve();
    order.push("first ends");
    throw new Error("no engine");
  });
  const next = takeTurn(async () => void order.push("second"));
  await expect(failing).rejects.toThrow("no engine");
  await next;
  expect(order).toEqual(["first begins", "first ends", "second"]);
});

test("an engine that does not exist is named", async () => {
  await expect(createTfjsBackend({ engine: "gpu" as never })).rejects.toThrow(InvalidArgumentError);
  await expect(createTfjsBackend({ engine: "gpu" as never })).rejects.toThrow('"auto", "node", "wasm", "cpu"');
});

test("says what it costs at least, so that it need not be loaded where something else takes less", () => {
  const { least } = createTfjsBackend.outlook;
  expect(least?.lookup.callMs).toBeGreaterThan(0);
  expect(least?.train.callMs).toBeGreaterThan(least?.lookup.callMs ?? Infinity);
});

test("auto takes the best engine that is there, and listBackends says which, and why no better one", async () => {
  registerBackend("tfjs", createTfjsBackend);
  try {
    const report = async (): Promise<BackendReport | undefined> =>
      (await listBackends({ measure: false })).find(({ name }) => name === "tfjs");
    if (hasNativeEngine()) {
      expect((await report())?.device).toMatch(/^native TensorFlow \d/);
      expect(await report()).not.toHaveProperty("passedOver");
    }

    vi.stubEnv("ROWAN_TFJS_NODE", "/nowhere");
    const wasm = await report();
    expect(wasm?.device).toMatch(/^TensorFlow\.js WASM SIMD, \d+ threads?$/);
    expect(wasm?.passedOver).toEqual([
      expect.stringMatching(/^The engine "node" must find the package @tensorflow\/tfjs-node\. .*npm exec --no rowan-tfjs-node/),
    ]);

    const factory = tf.findBackendFactory("wasm");
    tf.removeBackend("wasm");
    tf.registerBackend("wasm", () => Promise.reject(new Error("no binary")));
    try {
      const plain = await report();
      expect(plain?.device).toBe("TensorFlow.js in plain JavaScript");
      expect(plain?.passedOver).toEqual([
        expect.stringContaining('"node"'),
        expect.stringMatching(/"wasm".*Received: no binary\..*setWasmPaths/),
      ]);
    } finally {
      tf.removeBackend("wasm");
      tf.registerBackend("wasm", factory);
    }
  } finally {
    vi.unstubAllEnvs();
  }
});
