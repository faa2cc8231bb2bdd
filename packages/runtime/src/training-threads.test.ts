import type { Worker } from "node:worker_threads";
import {
  Adam,
  Dense,
  Embedding,
  EmbeddingBag,
  Flatten,
  LambdaCallback,
  RMSprop,
  SGD,
  Sequential,
  UnsupportedOpError,
  WorkerError,
  setThreadStarter,
} from "@rowan/api";
import type { Backend, Optimizer } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { afterEach, describe, expect, it } from "vitest";
import { enableTrainingThreads } from "./index.ts";
import { sameBits, someIds } from "./testing/helpers.ts";

afterEach(() => setThreadStarter(undefined));

const [samples, width, rows] = [1024, 12, 2000];
/** Like words: few of them often. */
const x = Array.from({ length: samples }, (_, sample) =>
  Array.from(someIds(width, 1000, sample + 1), (id) => Math.floor((id / 1000) ** 3 * rows)),
);
const y = Array.from({ length: samples }, (_, sample) => [sample % 2]);

async function train(threads: number | undefined, optimizer: () => Optimizer, bags: boolean, given?: Backend): Promise<Float32Array[]> {
  const backend = given ?? (await createCpuBackend({ maximumBytes: 2 ** 27 }));
  const start = { className: "RandomUniform", config: { seed: 3 } };
  const layers = bags
    ? [new EmbeddingBag({ inputDim: rows, outputDim: 32, mode: "mean", embeddingsInitializer: start })]
    : [new Embedding({ inputDim: rows, outputDim: 32, embeddingsInitializer: start, inputLength: width }), new Flatten()];
  const model = new Sequential([...layers, new Dense({ units: 1, activation: "sigmoid", kernelInitializer: start })], { backend });
  model.compile({ optimizer: optimizer(), loss: "binaryCrossentropy" });
  await model.fit(x, y, { epochs: 3, batchSize: 512, seed: 5, verbose: 0, ...(threads !== undefined && { threads }) });
  const weights = await model.getWeights();
  if (!given) backend.dispose();
  return weights.map(({ data }) => data as Float32Array);
}

describe.each([false, true])("training on several threads (bags: %s)", (bags) => {
  it.each([
    ["Adam", () => new Adam({ learningRate: 0.01 })],
    ["lazy Adam with amsgrad", () => new Adam({ learningRate: 0.01, amsgrad: true, sparseUpdate: "lazy" })],
    ["SGD with momentum", () => new SGD({ learningRate: 0.1, momentum: 0.9 })],
    ["RMSprop", () => new RMSprop({ learningRate: 0.01, centered: true, momentum: 0.5 })],
  ] as const)("gives the same bits with %s on 1, 2 and 3", async (_, optimizer) => {
    enableTrainingThreads();
    const alone = await train(undefined, optimizer, bags);
    for (const threads of [2, 3]) {
      const weights = await train(threads, optimizer, bags);
      for (const [index, values] of alone.entries()) expect(sameBits(weights[index] as Float32Array, values), `weight ${index}`).toBe(true);
    }
  });
});

it("divides the rows of a table that lives beside the model", async () => {
  enableTrainingThreads();
  const train = async (threads: number): Promise<Float32Array[]> => {
    const [device, backend] = [await createCpuBackend({ maximumBytes: 2 ** 27 }), await createCpuBackend({ kernels: "plain" })];
    const start = { className: "RandomUniform", config: { seed: 3 } };
    const layers = [
      new EmbeddingBag({ inputDim: rows, outputDim: 32, embeddingsInitializer: start, device }),
      new Dense({ units: 1, kernelInitializer: start }),
    ];
    const model = new Sequential(layers, { backend });
    model.compile({ optimizer: "adam", loss: "mse" });
    await model.fit(x, y, { epochs: 2, batchSize: 512, seed: 5, verbose: 0, threads });
    const weights = await model.getWeights();
    for (const made of [device, backend]) made.dispose();
    return weights.map(({ data }) => data as Float32Array);
  };
  const [alone, shared] = [await train(1), await train(2)];
  for (const [index, values] of alone.entries()) expect(sameBits(shared[index] as Float32Array, values), `weight ${index}`).toBe(true);
});

it("says what is missing", async () => {
  await expect(train(2, () => new Adam(), false)).rejects.toThrow(/enableTrainingThreads/);
  enableTrainingThreads();
  const plain = await createCpuBackend({ kernels: "plain" });
  await expect(train(2, () => new Adam(), false, plain)).rejects.toThrow(UnsupportedOpError);
  await expect(train(0, () => new Adam(), false, plain)).rejects.toThrow(/threads/);
  plain.dispose();
  await expect(train(1_000_000, () => new Adam(), false)).rejects.toThrow(
    "`threads` must be an integer from 1 to 256. Received: threads=1000000.",
  );
});

it("fails with what is lost where a thread is ended on the way, and takes new ones the next time", async () => {
  enableTrainingThreads();
  const backend = await createCpuBackend({ maximumBytes: 2 ** 27 });
  const helpers: Worker[] = [];
  const watch = (worker: Worker): void => void helpers.push(worker);
  process.on("worker", watch);
  const adam = (): Optimizer => new Adam({ learningRate: 0.01 });
  const layer = new Embedding({ inputDim: rows, outputDim: 32, inputLength: width });
  const model = new Sequential([layer, new Flatten(), new Dense({ units: 1 })], { backend });
  model.compile({ optimizer: adam(), loss: "meanSquaredError" });
  const end = new LambdaCallback({
    async onTrainBatchEnd(batch) {
      if (batch === 0) await helpers[0]?.terminate();
    },
  });
  const training = model.fit(x, y, { threads: 2, batchSize: 512, verbose: 0, callbacks: [end] });
  await expect(training).rejects.toThrow(WorkerError);
  await expect(training).rejects.toThrow(/a thread that ended.*restore the model.*call `fit` again/);
  const alone = await train(undefined, adam, false);
  const again = await train(2, adam, false, backend);
  process.off("worker", watch);
  expect(helpers).toHaveLength(2);
  for (const [index, values] of alone.entries()) expect(sameBits(again[index] as Float32Array, values), `weight ${index}`).toBe(true);
  backend.dispose();
}, 60_000);
