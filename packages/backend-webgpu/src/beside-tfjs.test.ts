import { fileURLToPath } from "node:url";
import { Dense, Embedding, Flatten, Sequential, setRandomSeed } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { createTfjsBackend } from "@rowan/backend-tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";
import { createWebGpuBackend } from "./index.ts";
import { findTestGpu } from "./testing/software-gpu.ts";

// A GPU in software compiles a step's kernels in seconds.
vi.setConfig({ testTimeout: 120_000 });

process.env["ROWAN_TFJS_NODE"] = fileURLToPath(new URL("../../../engines/tfjs-node", import.meta.url));
const { missing, options } = { options: {}, ...(await findTestGpu()) };
if (missing !== undefined && process.env["CI"]) throw new Error(`The backends cannot be tested together: ${missing}`);

const ids = Array.from({ length: 16 }, (_, i) => [i, i + 7, (i * 3) % 50]);
const labels = ids.map((_, i) => i % 2);

async function train(backend: Backend, options: { readonly epochs: number }): Promise<number[]> {
  setRandomSeed(3);
  const model = new Sequential(
    [new Embedding({ inputDim: 50, outputDim: 4, inputLength: 3 }), new Flatten(), new Dense({ units: 1, activation: "sigmoid" })],
    { backend },
  );
  model.compile({ optimizer: "adam", loss: "binaryCrossentropy" });
  await model.fit(ids, labels, { epochs: options.epochs, batchSize: 8, shuffle: false, verbose: 0 });
  const { data } = await model.predict(ids, { verbose: 0 });
  model.dispose();
  return Array.from(data);
}

/** A program of the user's, which computes with the active backend of TensorFlow.js whenever it gets its turn. */
function watchActive(): { end: () => Promise<{ seen: Set<string>; sums: Set<number> }> } {
  const seen = new Set<string>();
  const sums = new Set<number>();
  const state = { isOver: false };
  const work = (async () => {
    while (!state.isOver) {
      seen.add(tf.getBackend());
      sums.add(tf.tidy(() => tf.add(tf.tensor1d([1, 2]), 1).dataSync()[1] as number));
      await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  return {
    async end() {
      state.isOver = true;
      await work;
      return { seen, sums };
    },
  };
}

test.skipIf(missing)(
  `TensorFlow.js and WebGPU start and train at once in one process, and nobody's active backend is switched${missing === undefined ? "" : ` (${missing})`}`,
  async () => {
    const setBackend = vi.spyOn(tf.engine(), "setBackend");
    (await createTfjsBackend({ engine: "cpu" })).dispose();
    await tf.setBackend("cpu");
    setBackend.mockClear();
    const program = watchActive();
    const native = await createTfjsBackend({ engine: "node" }).catch(() => undefined);
    const backends: Backend[] = await Promise.all([
      createWebGpuBackend(options),
      createTfjsBackend({ engine: "wasm" }),
      createTfjsBackend({ engine: "cpu" }),
      createWebGpuBackend(options),
      createTfjsBackend({ engine: "wasm" }),
    ]);
    if (native) backends.push(native);
    const before = tf.memory().numTensors;
    const [alone] = backends.slice(-1);
    const expected = await train(alone as Backend, { epochs: 4 });
    const results = await Promise.all(backends.map((backend) => train(backend, { epochs: 4 })));
    for (const result of results) result.forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, 5));
    expect(await program.end()).toEqual({ seen: new Set(["cpu"]), sums: new Set([3]) });
    expect(setBackend).not.toHaveBeenCalled();
    expect(tf.memory().numTensors).toBe(before);
    for (const backend of backends) {
      expect(backend.memory().buffers).toBe(0);
      backend.dispose();
    }
    // Whoever needs a turn of the queue that both packages know gets it now: nobody has kept one.
    await (globalThis as Record<symbol, unknown>)[Symbol.for("@rowan/tfjs-turns")];
  },
);
