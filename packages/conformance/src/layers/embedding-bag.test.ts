import {
  Adam,
  Dense,
  Embedding,
  EmbeddingBag,
  EmbeddingTable,
  GlobalAveragePooling1D,
  GradientTape,
  NDArray,
  Sequential,
  isRowGradient,
  layerFromConfig,
  ops,
  scope,
  setBackend,
  setRandomSeed,
  tensor,
} from "@rowan/api";
import type { Backend, BagMode, Layer, RowGradient, Tensor } from "@rowan/api";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createNaiveBackend } from "../naive/create-naive-backend.ts";
import { createRandom } from "../suite/random.ts";
import { runLayerTest } from "./run-layer-test.ts";

const modes: readonly BagMode[] = ["sum", "mean", "sqrtn", "max"];
const vectors = [
  [0.01, -0.02],
  [0.03, 0.04],
  [-0.05, 0.06],
  [0.07, -0.08],
];

let backend: Backend;

beforeEach(async () => {
  backend = await createNaiveBackend();
  setBackend(backend);
  setRandomSeed(5);
});

/** The gradient of the sum of a lookup, row by row. */
async function gradientRows(table: EmbeddingTable, run: () => Tensor): Promise<Record<number, unknown>> {
  const tape = new GradientTape();
  const [gradient] = tape.gradient(
    tape.record(() => ops.sum(run())),
    [table.variable],
  );
  expect(isRowGradient(gradient ?? null)).toBe(true);
  const { plan, values } = gradient as RowGradient;
  const { data } = await values.read();
  tape.dispose();
  const dim = table.outputDim;
  return Object.fromEntries(Array.from(plan.rows, (id, i) => [id, Array.from(data.subarray(i * dim, (i + 1) * dim))]));
}

describe("the layer", () => {
  test.each(modes)("%s", async (mode) => {
    const expectation = { inputShape: [3, 4], expectedOutputShape: [3, 5], expectedTrainableWeights: 1, ids: 7 };
    await runLayerTest(EmbeddingBag, { inputDim: 7, outputDim: 5, mode }, expectation);
    await runLayerTest(EmbeddingBag, { inputDim: 7, outputDim: 5, mode, paddingIdx: 0, embeddingsRegularizer: "l2" }, expectation);
    await runLayerTest(EmbeddingBag, { inputDim: 7, outputDim: 5, mode, inputLength: 4 }, expectation);
  });

  test("is a mean when nothing is said, and is made again from either case of names", () => {
    expect(new EmbeddingBag({ inputDim: 3, outputDim: 2 }).getConfig()).toMatchObject({ mode: "mean", paddingIdx: null });
    const again = layerFromConfig({ class_name: "EmbeddingBag", config: { input_dim: 3, output_dim: 2, mode: "max", padding_idx: 1 } });
    expect(again.getConfig()).toMatchObject({ inputDim: 3, outputDim: 2, mode: "max", paddingIdx: 1 });
  });

  test("has PyTorch's numbers for padding and empty bags", () => {
    const bags = { ids: Int32Array.of(1, 2, 0), offsets: Int32Array.of(0, 2, 3, 3), includeLastOffset: true };
    for (const [mode, first] of [
      ["mean", [-0.01, 0.05]],
      ["sum", [-0.02, 0.1]],
      ["max", [0.03, 0.06]],
      ["sqrtn", [-0.02 / Math.SQRT2, 0.1 / Math.SQRT2]],
    ] as const) {
      const layer = new EmbeddingBag({ inputDim: 4, outputDim: 2, mode, paddingIdx: 0, weights: vectors });
      const rows = scope(() => layer.lookup(bags).readSync().toArray());
      expect(rows).toEqual([first.map((value) => expect.closeTo(value, 6) as number), [0, 0], [0, 0]]);
    }
  });

  test("shares a table, and takes initial rows", () => {
    const table = EmbeddingTable.from(vectors);
    const [bag, rows] = [new EmbeddingBag({ table, mode: "sum" }), new Embedding({ table })];
    expect(bag.table).toBe(rows.table);
    expect(
      scope(() =>
        bag
          .lookup({ ids: [[3]] })
          .readSync()
          .toArray(),
      ),
    ).toEqual([vectors[3]?.map(Math.fround)]);
  });

  test("hands no mask on", () => {
    const layer = new EmbeddingBag({ inputDim: 4, outputDim: 2, paddingIdx: 0 });
    scope(() => {
      expect(layer.apply(tensor(NDArray.from([[1, 0]], "int32"))).mask).toBeUndefined();
    });
  });

  test("names what cannot be", () => {
    const make = (options: object): Layer => new EmbeddingBag({ inputDim: 4, outputDim: 2, ...options });
    expect(() => make({ mode: "median" })).toThrow(/`mode` must be one of sum, mean, sqrtn, max\. Received: mode="?median/);
    expect(() => make({ paddingIdx: 4 })).toThrow(/`paddingIdx` must be an integer from 0 to 3\. Received: paddingIdx=4/);
    expect(() => make({ paddingIdx: 0.5 })).toThrow(/paddingIdx=0\.5/);
    expect(() => make({}).computeOutputShape([null, 2, 3])).toThrow(/\[batch, width\]/);
    expect(() => make({}).apply(tensor(NDArray.from([1, 2], "int32")))).toThrow(/\[bags, width\]/);
    const layer = new EmbeddingBag({ inputDim: 4, outputDim: 2, mode: "max" });
    const look = (bags: Parameters<EmbeddingBag["lookup"]>[0]) => (): Tensor => layer.lookup(bags);
    expect(look({ ids: [1, 2], offsets: [0, 2, 1] })).toThrow(/never decrease/);
    expect(look({ ids: [1, 2], offsets: [1, 2] })).toThrow(/start at 0/);
    expect(look({ ids: [1, 2], offsets: [0, 3] })).toThrow(/not pass the end/);
    expect(look({ ids: [[1, 2]], weights: [[1, 2]] })).toThrow(/cannot be used with mode "max"/);
    expect(look({ ids: tensor(NDArray.from([[1]], "int32")), offsets: [0] })).toThrow(/offsets.*from the host/);
    expect(look({ ids: [[1, 4]] })).toThrow(/Ids must be integers from 0 to 3\. Received: 4/);
  });
});

describe("gradients", () => {
  test("a tie goes to the first id that holds the maximum, element by element", async () => {
    const table = EmbeddingTable.from([
      [1, 5, 0],
      [1, 2, 0],
      [0, 5, 0],
    ]);
    const rows = await gradientRows(table, () => ops.lookupBags(table, { ids: [[1, 0, 2, 0], [2], []], mode: "max" }));
    expect(rows).toEqual({ 0: [0, 1, 0], 1: [1, 0, 1], 2: [1, 1, 1] });
  });

  test("the first not-a-number takes the gradient of its element", async () => {
    const table = EmbeddingTable.from([
      [1, Number.NaN],
      [Number.NaN, 3],
      [Number.NaN, Number.NaN],
    ]);
    expect(await gradientRows(table, () => ops.lookupBags(table, { ids: [[0, 1, 2]], mode: "max" }))).toEqual({
      0: [0, 1],
      1: [1, 0],
      2: [0, 0],
    });
  });

  test.each(modes)("padding and empty bags are not touched: %s", async (mode) => {
    const table = EmbeddingTable.from(vectors);
    const rows = await gradientRows(table, () => ops.lookupBags(table, { ids: [[0, 3, 0], [0], []], mode, paddingIdx: 0 }));
    expect(rows).toEqual({ 3: [1, 1] });
    expect(await gradientRows(table, () => ops.lookupBags(table, { ids: [[0, 0], [0]], mode, paddingIdx: 0 }))).toEqual({});
  });

  test("one id everywhere, and 10,000 ids in one bag", async () => {
    const table = EmbeddingTable.from(vectors);
    const everywhere = { ids: new NDArray(new Int32Array(60).fill(2), [20, 3]) };
    for (const [mode, slope] of [
      ["sum", 60],
      ["mean", 20],
      ["sqrtn", 20 * Math.sqrt(3)],
      ["max", 20],
    ] as const) {
      const rows = await gradientRows(table, () => ops.lookupBags(table, { ...everywhere, mode }));
      expect(rows).toEqual({ 2: [expect.closeTo(slope, 4), expect.closeTo(slope, 4)] });
    }
    const ids = createRandom("long").ids(10_000, 4);
    const counts = [0, 1, 2, 3].map((id) => ids.filter((one) => one === id).length);
    const sums = await gradientRows(table, () => ops.lookupBags(table, { ids, offsets: [0], mode: "sum" }));
    expect(sums).toEqual(Object.fromEntries(counts.map((count, id) => [id, [count, count]])));
    const maxima = await gradientRows(table, () => ops.lookupBags(table, { ids, offsets: [0], mode: "max" }));
    expect(maxima).toEqual({ 0: [0, 0], 1: [0, 0], 2: [0, 1], 3: [1, 0] });
  });

  test("a divisor of 0 gives zeros and zero gradients, to rows and weights", async () => {
    const table = EmbeddingTable.from(vectors);
    const dense = new Dense({ units: 2, useBias: false, kernelInitializer: "zeros" });
    dense.ensureBuilt([null, 1]);
    dense.materialize(backend);
    const [weights] = dense.trainableVariables;
    if (!weights) throw new Error("a Dense layer has a kernel");
    for (const mode of ["mean", "sqrtn"] as const) {
      const tape = new GradientTape();
      const loss = tape.record(() => ops.sum(ops.lookupBags(table, { ids: [[1, 2]], weights: weights.value, mode })));
      const [rows, factors] = tape.gradient(loss, [table.variable, weights]);
      expect((await loss.read()).toArray()).toBe(0);
      expect((await (rows as RowGradient).values.read()).toArray()).toEqual([
        [0, 0],
        [0, 0],
      ]);
      expect((await (factors as Tensor).read()).toArray()).toEqual([[0, 0]]);
      tape.dispose();
    }
  });
});

describe("in a model", () => {
  const ids = [
    [1, 2, 3, 1],
    [0, 1, 2, 0],
    [3, 3, 3, 0],
  ];
  const targets = [[1], [0], [0.5]];

  function modelOf(...layers: readonly Layer[]): Sequential {
    const model = new Sequential([...layers, new Dense({ units: 1, kernelInitializer: "ones" })]);
    model.compile({ optimizer: new Adam({ learningRate: 0.01 }), loss: "mse" });
    return model;
  }

  test("learns what Embedding and a mean over the sequence learn", async () => {
    const bags = modelOf(new EmbeddingBag({ inputDim: 4, outputDim: 2, weights: vectors }));
    const rows = modelOf(new Embedding({ inputDim: 4, outputDim: 2, weights: vectors }), new GlobalAveragePooling1D());
    for (const model of [bags, rows]) await model.fit(ids, targets, { epochs: 20, verbose: 0, shuffle: false });
    const [actual, expected] = await Promise.all([bags, rows].map(async (model) => (await model.getWeights())[0] as NDArray));
    expected?.data.forEach((value, i) => expect(actual?.data[i]).toBeCloseTo(value, 5));
  });

  test("learns what Embedding, masked, and a mean over the sequence learn, with padding", async () => {
    const bags = modelOf(new EmbeddingBag({ inputDim: 4, outputDim: 2, weights: vectors, paddingIdx: 0 }));
    const embedding = new Embedding({ inputDim: 4, outputDim: 2, weights: vectors, maskZero: true });
    const rows = modelOf(embedding, new GlobalAveragePooling1D());
    for (const model of [bags, rows]) await model.fit(ids, targets, { epochs: 20, verbose: 0, shuffle: false });
    const [actual, expected] = await Promise.all([bags, rows].map(async (model) => (await model.getWeights())[0] as NDArray));
    expected?.data.forEach((value, i) => expect(actual?.data[i]).toBeCloseTo(value, 5));
  });

  test.each(modes)("gives all memory of a step back, also where every id is padding: %s", async (mode) => {
    const model = modelOf(new EmbeddingBag({ inputDim: 4, outputDim: 2, mode, paddingIdx: 0 }));
    await model.trainOnBatch(ids, targets);
    await model.predict(ids, { verbose: 0 });
    const before = backend.memory();
    await model.trainOnBatch(ids, targets);
    await model.predict([[0, 0]], { verbose: 0 });
    await model.trainOnBatch([[0, 0, 0, 0]], [[1]]);
    expect(backend.memory()).toEqual(before);
  });

  test("puts the rows on the backend of the model, not on the default one", async () => {
    const other = await createNaiveBackend();
    const bag = new EmbeddingBag({ inputDim: 4, outputDim: 2 });
    const model = new Sequential([bag, new Dense({ units: 1 })], { backend: other });
    model.compile({ optimizer: "adam", loss: "mse" });
    await model.trainOnBatch(ids, targets);
    expect(bag.table.variable.backend).toBe(other);
    expect(backend.memory().buffers).toBe(0);
  });

  test("refuses an id outside of the table before anything is trained", async () => {
    const model = modelOf(new EmbeddingBag({ inputDim: 4, outputDim: 2, weights: vectors }));
    await expect(model.fit([[1, 4]], [[1]], { verbose: 0 })).rejects.toThrow(/Received: 4 at position \[0, 1\]/);
  });

  test.each(["sum", "mean", "sqrtn"] as const)("makes no row for each id, there or back: %s", async (mode) => {
    const model = modelOf(new EmbeddingBag({ inputDim: 4, outputDim: 2, mode, paddingIdx: 0 }));
    await model.trainOnBatch(ids, targets);
    const gather = vi.spyOn(backend, "gather");
    const allocate = vi.spyOn(backend, "allocate");
    await model.trainOnBatch(ids, targets);
    // The optimizer reads state of the touched rows, at most 4 of them; a row for each of the 9 ids would have 18 elements.
    expect(gather.mock.calls.every(([, { shape }]) => (shape[0] ?? 0) <= 4)).toBe(true);
    expect(Math.max(...allocate.mock.calls.map(([, length]) => length))).toBeLessThanOrEqual(12);
  });
});
