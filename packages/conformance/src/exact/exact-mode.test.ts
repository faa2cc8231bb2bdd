import {
  Adam,
  AdamW,
  EmbeddingTable,
  GradientTape,
  Dense,
  Embedding,
  Flatten,
  MaxNorm,
  NDArray,
  RMSprop,
  SGD,
  Sequential,
  ops,
  setBackend,
  setRandomSeed,
  tensor,
} from "@rowan/api";
import type { Optimizer, SparseUpdate } from "@rowan/api";
import { beforeEach, describe, expect, test } from "vitest";
import { createNaiveBackend } from "../naive/create-naive-backend.ts";

const rows = 40;
const dim = 3;

type Make = (sparseUpdate: SparseUpdate) => Optimizer;

const optimizers: Record<string, Make> = {
  adam: (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.01 }),
  "adam with a schedule": (sparseUpdate) => new Adam({ sparseUpdate, learningRate: { call: (step) => 0.01 * (1 + Math.cos(step / 50)) } }),
  "adam, slow momentum": (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.003, beta1: 0.99 }),
  "adam, fast second moment": (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.003, beta2: 0.9 }),
  "adam without momentum": (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.003, beta1: 0 }),
  amsgrad: (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.01, amsgrad: true }),
  adamw: (sparseUpdate) => new AdamW({ sparseUpdate, learningRate: 0.01, weightDecay: 0.05 }),
  momentum: (sparseUpdate) => new SGD({ sparseUpdate, learningRate: 0.005, momentum: 0.9 }),
  nesterov: (sparseUpdate) => new SGD({ sparseUpdate, learningRate: 0.005, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  sgd: (sparseUpdate) => new SGD({ sparseUpdate, learningRate: 0.05 }),
  rmsprop: (sparseUpdate) => new RMSprop({ sparseUpdate }),
  "rmsprop with everything": (sparseUpdate) => new RMSprop({ sparseUpdate, centered: true, momentum: 0.8, weightDecay: 0.02 }),
  clipped: (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.01, globalClipnorm: 0.05 }),
};

/** Row 0 at every step, others ever more rarely, rows from 20 on never. */
function idsOf(step: number): number[] {
  return [0, 0, step % 3, 1 + (step % 7), step % 50 === 0 ? 11 : 0, step % 150 === 1 ? 13 : 1];
}

function build(optimizer: Optimizer, constraint = false): { model: Sequential; embedding: Embedding } {
  setRandomSeed(3);
  const embedding = new Embedding({
    inputDim: rows,
    outputDim: dim,
    inputLength: 6,
    ...(constraint && { embeddingsConstraint: new MaxNorm({ maxValue: 0.05, axis: 1 }) }),
  });
  const model = new Sequential([embedding, new Flatten(), new Dense({ units: 1 })]);
  model.compile({ optimizer, loss: "mse" });
  return { model, embedding };
}

async function train(model: Sequential, from: number, to: number): Promise<void> {
  for (let step = from; step < to; step++) await model.trainOnBatch([idsOf(step)], [[Math.sin(step)]]);
}

function largestDifference(a: NDArray, b: NDArray): number {
  return Math.max(...Array.from(a.data, (x, i) => Math.abs(x - (b.data[i] as number)) / (1e-6 + Math.abs(x))));
}

beforeEach(async () => {
  setBackend(await createNaiveBackend());
});

/** One update with gradients that do not depend on the weights, so that rounding is not fed back. */
async function push(table: EmbeddingTable, optimizer: Optimizer, step: number): Promise<void> {
  const ids = idsOf(step);
  const gradient = NDArray.from(
    ids.map((id, i) => Array.from({ length: dim }, (_, j) => Math.sin(1 + id + 3 * i + 5 * j + step) * 10 ** -(id % 5))),
  );
  const tape = new GradientTape();
  const loss = tape.record(() => ops.sum(ops.multiply(ops.lookup(table, tensor(NDArray.from(ids, "int32"))), tensor(gradient))));
  await optimizer.apply(tape.gradient(loss, [table.variable]), [table.variable]);
  tape.dispose();
}

async function run(optimizer: Optimizer, steps: number): Promise<NDArray> {
  setRandomSeed(3);
  const table = EmbeddingTable.create({ inputDim: rows, outputDim: dim });
  for (let step = 0; step < steps; step++) await push(table, optimizer, step);
  return table.read();
}

describe("exact updates of touched rows are the dense updates of all rows", () => {
  // Float32 steps of 0.01 on weights of 0.05 to 1 round by 1e-8 to 1e-7 each, in either mode: hundreds of them stay below 1e-5.
  test.each(Object.entries(optimizers))("%s", async (_name, make) => {
    const exact = await run(make("exact"), 301);
    const dense = await run(make("dense"), 301);
    const worst = Math.max(...Array.from(exact.data, (x, i) => Math.abs(x - (dense.data[i] as number)) / (0.01 + Math.abs(x))));
    expect(worst).toBeLessThan(1e-5);
  });

  test("a constraint a row, bit for bit", async () => {
    const exact = build(new Adam({ sparseUpdate: "exact" }), true);
    const dense = build(new Adam({ sparseUpdate: "dense" }), true);
    await train(exact.model, 0, 60);
    await train(dense.model, 0, 60);
    const [a] = await exact.embedding.getWeights();
    const [b] = await dense.embedding.getWeights();
    expect((a as NDArray).equals(b as NDArray)).toBe(true);
  });
});

describe("what looks between steps", () => {
  test("reads through and changes nothing", async () => {
    const looked = build(new Adam({ learningRate: 0.01 }));
    const left = build(new Adam({ learningRate: 0.01 }));
    const dense = build(new Adam({ learningRate: 0.01, sparseUpdate: "dense" }));
    for (let step = 0; step < 40; step++) {
      for (const { model } of [looked, left, dense]) await train(model, step, step + 1);
      const all = Array.from({ length: rows }, (_, id) => id);
      const seen = await looked.embedding.table.lookup(all);
      const reference = await dense.embedding.table.lookup(all);
      expect(largestDifference(seen, reference)).toBeLessThan(2e-4);
      await looked.model.predict([[0, 1, 2, 3, 4, 11]], { verbose: 0 });
      await looked.model.evaluate([[0, 1, 2, 3, 4, 11]], [[1]], { verbose: 0 });
      await looked.embedding.table.lookupBags({ ids: [[1, 2, 3], [], [5]], mode: "max" });
    }
    const [a] = await looked.embedding.getWeights();
    const [b] = await left.embedding.getWeights();
    expect((a as NDArray).equals(b as NDArray)).toBe(true);
  });
});
