import { Adam, Dense, Embedding, EmbeddingBag, Flatten, PartialStepError, Sequential, catchUp, sizeOf } from "@rowan/api";
import type { AdamRule, Backend, Model, NDArray, TensorRef } from "@rowan/api";
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

function sameValues(a: NDArray | undefined, b: NDArray | undefined): boolean {
  return a?.data.every((value, at) => value === b?.data[at]) === true;
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
        expect(error.message).toContain("the engine fails");
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

test.each(cases)("$engine, $name: whichever call of the engine fails, a step updates all variables, none, or says which", async (one) => {
  const { backend, failAfter, restore } = (await engines[one.engine]?.()) as FragileEngine;
  const model = (models[one.name] as (backend: Backend) => Sequential)(backend);
  try {
    model.compile({ optimizer: new Adam(), loss: "mse" });
    const weights = (): Promise<NDArray[]> => Promise.all(model.trainableVariables.map((variable) => variable.read()));
    const names = new Set<string>();
    await predict(model);
    // Twice: the state of the optimizer is made in the first step.
    for (let time = 0; time < 2; time++) {
      for (let calls = 0; ; calls++) {
        const before = await weights();
        failAfter(calls);
        const error = await step(model).then(
          () => undefined,
          (reason: unknown) => reason as Error,
        );
        failAfter(Infinity);
        const after = await weights();
        const changed = model.trainableVariables.filter((_, index) => !sameValues(before[index], after[index])).map(({ path }) => path);
        if (error === undefined) {
          expect(changed).toHaveLength(before.length);
          break;
        }
        names.add(error.name);
        const isPartial = error instanceof PartialStepError;
        expect(isPartial ? [...error.updated].sort() : [], `after call ${calls} failed: ${error.message}`).toEqual(changed.sort());
        expect(isPartial ? error.cause : error).toMatchObject({ message: "the engine fails" });
      }
    }
    expect([...names].sort()).toEqual(["Error", "PartialStepError"]);
    model.dispose();
    backend.dispose();
  } finally {
    restore();
  }
});

const adam: AdamRule = { kind: "adam", decay: 0.1, stepSize: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: true };
const [rows, width] = [6, 2];

/** A table with its state, and what is needed to change it. */
interface Bench {
  readonly target: TensorRef;
  readonly slots: readonly TensorRef[];
  readonly ids: TensorRef;
  readonly gradient: TensorRef;
  readonly all: TensorRef;
  readonly factors: TensorRef;
}

function prepare(backend: Backend): Bench {
  const tensor = (dtype: "float32" | "int32", shape: readonly number[], value: (i: number) => number): TensorRef => {
    const ref = { handle: backend.allocate(dtype, sizeOf(shape)), dtype, shape };
    const values = Array.from({ length: sizeOf(shape) }, (_, i) => value(i));
    backend.write(ref, dtype === "int32" ? Int32Array.from(values) : Float32Array.from(values), 0);
    return ref;
  };
  return {
    target: tensor("float32", [rows, width], (i) => i),
    slots: [1, 2, 3].map((slot) => tensor("float32", [rows, width], (i) => slot + i)),
    ids: tensor("int32", [3], (i) => [4, 0, 3][i] as number),
    gradient: tensor("float32", [3, width], (i) => i + 1),
    all: tensor("float32", [rows, width], (i) => i + 1),
    factors: tensor("float32", [6, 5], (i) => 0.5 + i / 100),
  };
}

const changes: Readonly<Record<string, (backend: Backend, on: Bench) => void>> = {
  "an update of rows": (backend, { target, slots, ids, gradient }) => backend.update({ rule: adam, target, slots, gradient, ids }),
  "an update of a whole table": (backend, { target, slots, all }) => backend.update({ rule: adam, target, slots, gradient: all }),
  "skipped steps": (backend, { target, slots, ids, factors }) =>
    catchUp(backend, { rule: { ...adam, decay: 0 }, target, slots, ids, factors, groups: ids }),
};

test.each(Object.keys(engines).flatMap((engine) => Object.keys(changes).map((what) => [engine, what] as const)))(
  "%s, %s: whichever call of the engine fails, the table and its state are both as before",
  async (engine, what) => {
    const { backend, failAfter, restore } = (await engines[engine]?.()) as FragileEngine;
    const change = changes[what] as (backend: Backend, on: Bench) => void;
    try {
      const on = prepare(backend);
      const read = (): Promise<unknown[]> => Promise.all([on.target, ...on.slots].map((ref) => backend.read(ref, 0, sizeOf(ref.shape))));
      const work = (): void => change(backend, on);
      // Twice: the first change is the one in which a table becomes what is written in place.
      for (let time = 0; time < 2; time++) {
        const before = await read();
        let failed = 0;
        for (; ; failed++) {
          failAfter(failed);
          try {
            work();
            break;
          } catch (error) {
            failAfter(Infinity);
            expect((error as Error).message).toBe("the engine fails");
            expect(await read(), `after call ${failed} failed`).toEqual(before);
          }
        }
        failAfter(Infinity);
        expect(failed).toBeGreaterThan(0);
        expect(await read()).not.toEqual(before);
      }
      backend.dispose();
    } finally {
      restore();
    }
  },
);
