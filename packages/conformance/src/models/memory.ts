import { Adam, SGD } from "@rowan/api";
import type { Backend, CompileOptions, Model, TensorRef } from "@rowan/api";
import { expect } from "vitest";
import type { ApiCase, ApiGroup } from "../suite/describe-groups.ts";
import { reviewModel, reviews } from "./samples.ts";

const { x, y } = reviews;

/**
 * Nothing that a call takes stays taken.
 *
 * @param options - `long`: also 10,000 predicts.
 * @returns The cases.
 */
export function memoryGroup({ long }: { readonly long: boolean }): ApiGroup {
  return { name: "memory", cases: () => [...cases, ...(long ? [manyPredicts] : [])] };
}

const cases: readonly ApiCase[] = [
  stays("200 training steps", { optimizer: "adam" }, async (model) => {
    for (let step = 0; step < 200; step++) await model.trainOnBatch(x.slice(step % 7), y.slice(step % 7));
  }),
  stays("200 training steps of lazy Adam", { optimizer: new Adam({ sparseUpdate: "lazy" }) }, async (model) => {
    for (let step = 0; step < 200; step++) await model.trainOnBatch(x.slice(step % 7), y.slice(step % 7));
  }),
  stays(
    "clipping, decay, momentum and averages",
    { optimizer: new SGD({ momentum: 0.9, weightDecay: 0.01, globalClipnorm: 1, useEma: true }) },
    async (model) => {
      await model.fit(x, y, { epochs: 10, batchSize: 3, verbose: 0 });
    },
  ),
  stays("a fit with validation", { optimizer: "rmsprop" }, async (model) => {
    await model.fit(x, y, { epochs: 20, batchSize: 4, validationSplit: 0.2, verbose: 0 });
  }),
  stays("predicts and evaluations", { optimizer: "adam" }, async (model) => {
    for (let i = 0; i < 50; i++) {
      await model.predict(x, { batchSize: 3, verbose: 0 });
      await model.evaluate(x, y, { batchSize: 4, verbose: 0 });
      await model.testOnBatch(x, y);
    }
  }),
  stays("reading and setting weights", { optimizer: "adam" }, async (model) => {
    for (let i = 0; i < 20; i++) await model.setWeights(await model.getWeights());
  }),
  {
    name: "another compile frees the state of the optimizer before",
    async run(backend) {
      const model = reviewModel(backend, { optimizer: "sgd" });
      await model.trainOnBatch(x, y);
      const before = backend.memory();
      model.compile({ optimizer: "adam", loss: "mse" });
      await model.trainOnBatch(x, y);
      expect(backend.memory().bytes).toBeGreaterThan(before.bytes);
      model.compile({ optimizer: "sgd", loss: "mse" });
      expect(backend.memory()).toEqual(before);
      model.dispose();
    },
  },
];

const manyPredicts = stays("10,000 predicts", { optimizer: "adam" }, async (model) => {
  const one = x.slice(0, 1);
  for (let i = 0; i < 10_000; i++) await model.predict(one, { verbose: 0 });
});

/** The memory after work is that after the first step and the first predict, and the backend has asked the system for no more. */
function stays(name: string, options: CompileOptions, work: (model: Model) => Promise<void>): ApiCase {
  return {
    name: `${name} take no memory`,
    async run(backend: Backend) {
      const model = reviewModel(backend, options);
      await model.trainOnBatch(x, y);
      await model.predict(x, { verbose: 0 });
      const before = backend.memory();
      const asked = askedBytes(backend);
      await work(model);
      expect(backend.memory()).toEqual(before);
      expect(askedBytes(backend), "bytes of the memory in which results lie").toBe(asked);
      model.dispose();
    },
  };
}

/** How large the memory is in which a backend puts small results: all of a WASM memory; undefined where the host cannot see it. */
function askedBytes(backend: Backend): number | undefined {
  const probe: TensorRef = { handle: backend.allocate("float32", 1), shape: [1], dtype: "float32" };
  const bytes = backend.hostView?.(probe)?.buffer.byteLength;
  backend.free(probe.handle);
  return bytes;
}
