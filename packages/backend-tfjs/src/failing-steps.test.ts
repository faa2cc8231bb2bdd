import { Adam, Dense, Embedding, EmbeddingBag, Flatten, Sequential } from "@rowan/api";
import type { Backend, Model } from "@rowan/api";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { createTfjsBackend } from "./index.ts";
import { loadBinding } from "./native/load-binding.ts";
import { createNativeBackend } from "./native/native-backend.ts";
import { hasNativeEngine } from "./testing/native-engine.ts";
import { wrapBinding } from "./testing/wrap-binding.ts";

/** A backend whose engine can be told to fail, and what the engine itself counts. */
interface FragileEngine {
  readonly backend: Backend;
  /** The next so many calls of the engine work, the one after them fails, and those after it work again. */
  readonly failAfter: (calls: number) => void;
  /** Tensors of the engine, whoever made them. */
  readonly count: () => number;
  readonly restore: () => void;
}

/** Counts down to the call that fails. */
class Fuse {
  #left = Infinity;

  set(calls: number): void {
    this.#left = calls;
  }

  burn(): void {
    if (this.#left-- !== 0) return;
    this.#left = Infinity;
    throw new Error("the engine fails");
  }
}

/** Each kernel in the registry, TensorFlow.js' and ours, fails when its turn comes. */
async function fragileHost(engine: "cpu" | "wasm"): Promise<FragileEngine> {
  (await createTfjsBackend({ engine })).dispose();
  const fuse = new Fuse();
  const own = tf.getKernelsForBackend(engine);
  const put = (kernels: typeof own): void => {
    for (const kernel of kernels) {
      tf.unregisterKernel(kernel.kernelName, engine);
      tf.registerKernel(kernel);
    }
  };
  put(
    own.map((kernel) => ({
      ...kernel,
      kernelFunc: (args) => {
        fuse.burn();
        return kernel.kernelFunc(args);
      },
    })),
  );
  return {
    backend: await createTfjsBackend({ engine }),
    failAfter: (calls) => fuse.set(calls),
    count: () => tf.findBackend(engine).numDataIds(),
    restore: () => put(own),
  };
}

/** Each operation of TensorFlow, and each tensor from the host, fails when its turn comes. */
function fragileNative(): FragileEngine {
  const binding = loadBinding();
  const fuse = new Fuse();
  const fragile = wrapBinding(binding, {
    executeOp: (...args) => {
      fuse.burn();
      return binding.executeOp(...args);
    },
    createTensor: (...args) => {
      fuse.burn();
      return binding.createTensor(...args);
    },
  });
  return {
    backend: createNativeBackend(fragile),
    failAfter: (calls) => fuse.set(calls),
    count: () => binding.getNumOfTensors(),
    restore: () => undefined,
  };
}

const engines: Readonly<Record<string, () => FragileEngine | Promise<FragileEngine>>> = {
  cpu: () => fragileHost("cpu"),
  wasm: () => fragileHost("wasm"),
  ...(hasNativeEngine() ? { node: fragileNative } : {}),
};

const ids = [
  [1, 2, 3],
  [3, 3, 0],
];
const models: Readonly<Record<string, (backend: Backend) => Sequential>> = {
  "a lookup, and a dense layer": (backend) =>
    new Sequential([new Embedding({ inputDim: 20, outputDim: 4, inputLength: 3 }), new Flatten(), new Dense({ units: 1 })], { backend }),
  "bags of means": (backend) =>
    new Sequential([new EmbeddingBag({ inputDim: 20, outputDim: 4, mode: "mean" }), new Dense({ units: 1, activation: "tanh" })], {
      backend,
    }),
};

async function step(model: Model): Promise<void> {
  await model.trainOnBatch(ids, [1, 0]);
}

async function predict(model: Model): Promise<void> {
  await model.predict(ids, { verbose: 0 });
}

const cases = Object.keys(engines).flatMap((engine) => Object.keys(models).map((name) => ({ engine, name })));

test.each(cases)("$engine, $name: whichever call of the engine fails, nothing is left behind, and dispose frees all", async (one) => {
  const { backend, failAfter, count, restore } = (await engines[one.engine]?.()) as FragileEngine;
  const beginning = { engine: count(), ours: backend.memory() };
  const model = (models[one.name] as (backend: Backend) => Sequential)(backend);
  try {
    model.compile({ optimizer: new Adam({ clipnorm: 1 }), loss: "mse" });
    for (const work of [step, step, predict, predict]) await work(model);
    const before = { engine: count(), ours: backend.memory() };
    for (const work of [step, predict]) {
      let failed = 0;
      for (; ; failed++) {
        failAfter(failed);
        const error = await work(model).then(
          () => undefined,
          (reason: unknown) => reason as Error,
        );
        expect({ engine: count(), ours: backend.memory() }, `after call ${failed} failed`).toEqual(before);
        if (error === undefined) break;
        expect(error.message).toBe("the engine fails");
      }
      expect(failed).toBeGreaterThan(work === step ? 10 : 0);
      failAfter(Infinity);
      await work(model);
      expect({ engine: count(), ours: backend.memory() }).toEqual(before);
    }
    model.dispose();
    backend.dispose();
    expect({ engine: count(), ours: backend.memory() }).toEqual(beginning);
  } finally {
    restore();
  }
});
