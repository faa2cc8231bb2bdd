import { beforeEach, describe, expect, test } from "vitest";
import {
  Activation,
  BusyError,
  Dense,
  DisposedError,
  Dropout,
  EarlyStopping,
  Embedding,
  Flatten,
  GlobalAveragePooling1D,
  Input,
  IndexOutOfRangeError,
  NotCompiledError,
  Sequential,
  ShapeMismatchError,
  setBackend,
  setRandomSeed,
  setThreadStarter,
} from "@rowan/api";
import type { FitOptions, History, NDArray } from "@rowan/api";
import { bits, classifier, prepareDesk, x, y } from "./classifier.ts";
import type { Desk } from "./classifier.ts";

let desk: Desk;

beforeEach(async () => {
  desk = await prepareDesk();
});

describe("nothing is half changed", () => {
  test.each<[string, (model: Sequential) => Promise<unknown>, RegExp]>([
    [
      "weights of a wrong shape",
      (m) => Promise.resolve().then(() => m.setWeights([new Float32Array(30), [[1], [2]], [0]])),
      /weight shape \(6, 1\) is not compatible with provided weight shape \(2, 1\)/,
    ],
    ["too few weights", (m) => Promise.resolve().then(() => m.setWeights([new Float32Array(30)])), /has 3 weights: .*Received: 1 array\./],
    ["weights that are none", (m) => Promise.resolve().then(() => m.setWeights(undefined as never)), /Received: undefined/],
    [
      "an id outside, by its position in all samples",
      (m) =>
        m.fit(
          [
            [1, 2],
            [3, 10],
          ],
          [0, 1],
          { batchSize: 1 },
        ),
      /from 0 to 9\. Received: 10 at position \[1, 1\]/,
    ],
    ["a fractional id", (m) => m.fit([[1, 2.5]], [0]), /2\.5 at position \[0, 1\] \(not an integer\)/],
    ["ragged ids", (m) => m.fit([[1, 2], [3]], [0, 1]), /must be rectangular/],
    ["ids of another length", (m) => m.fit([[1, 2, 3]], [0]), /expected shape \(None, 2\), found shape \(1, 3\)/],
    ["no samples", (m) => m.fit([], []), /at least one sample/],
    ["a number for samples", (m) => m.fit(1, [0]), /must have samples along its first axis/],
    [
      "too few targets",
      (m) => m.fit(x, [0]),
      /`x` and `y` must have the same number of samples\. Received: x of shape \(4, 2\), y of shape \(1,\)/,
    ],
    ["no targets", (m) => m.fit(x, undefined as never), /`y` must be given\. Received: y=undefined/],
    [
      "targets of another width",
      (m) =>
        m.fit(x, [
          [0, 1],
          [0, 1],
          [0, 1],
          [0, 1],
        ]),
      /Targets .*must have the shape of the predictions/,
    ],
    ["too few sample weights", (m) => m.fit(x, y, { sampleWeight: [1] }), /`x` and `sampleWeight`/],
  ])("by %s", async (_name, act, message) => {
    const model = classifier();
    const before = await bits(model);
    await expect(act(model)).rejects.toThrow(message);
    expect(await bits(model)).toEqual(before);
    // And the model works on.
    expect((await model.predict(x, { verbose: 0 })).shape).toEqual([4, 1]);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["no epochs", { epochs: 0 }, /`epochs` must be a positive integer\. Received: epochs=0/],
    ["a negative batch", { batchSize: -1 }, /`batchSize` must be a positive integer/],
    [
      "an empty batch of the validation",
      { validationSplit: 0.5, validationBatchSize: 0 },
      /`validationBatchSize` must be a positive integer/,
    ],
    ["a validation that never comes", { validationFreq: 0 }, /`validationFreq`/],
    ...["batchSize", "epochs", "initialEpoch", "validationFreq", "validationBatchSize", "callbacks", "shuffle", "threads"].map(
      (name): [string, Record<string, unknown>, RegExp] => [`${name}: null`, { [name]: null }, new RegExp(`\`${name}\` must be.*null`)],
    ),
    ["a negative first epoch", { initialEpoch: -1 }, /`initialEpoch` must be a non-negative integer/],
    ["all samples for validation", { validationSplit: 1 }, /not including, 1\. Received: validationSplit=1/],
    ["a split that leaves nothing", { validationSplit: 0.9 }, /must leave samples on both sides/],
    ["a split that is not a number", { validationSplit: NaN }, /Received: validationSplit=NaN/],
    ["validation without targets", { validationData: [x] }, /must be \[x, y\] or \[x, y, sampleWeight\]/],
    ["validation with a bad id", { validationData: [[[1, 99]], [0]] }, /99 at position \[0, 1\]/],
    [
      "a callback that is none",
      { callbacks: [{ onEpochEnd: () => undefined }] },
      /array of Callback objects\. Received: an object\. .*LambdaCallback/,
    ],
    ["a bare callback", { callbacks: new EarlyStopping() }, /Received: an? EarlyStopping/],
    ["a class weight that is not a number", { classWeight: { 1: NaN } }, /classWeight\[1\]=NaN/],
    ["a negative class weight", { classWeight: { 0: -1 } }, /non-negative numbers/],
    ["a verbosity", { verbose: 3 }, /`verbose` must be 0, 1, 2 or "auto"\. Received: verbose=3/],
    ["a style", { style: "keras4" }, /`style` must be one of keras2, keras3\. Received: style="keras4"\. Did you mean/],
    ["a verbosity of Python's", { verbose: true }, /Received: verbose=true/],
  ])("by %s", async (_name, options, message) => {
    const model = classifier();
    const before = await bits(model);
    await expect(model.fit(x, y, options as FitOptions)).rejects.toThrow(message);
    expect(await bits(model)).toEqual(before);
    expect(model.optimizer.iterations).toBe(0);
  });

  test.each<[string, Record<string, unknown>]>([
    ["batchSize", { batchSize: 0 }],
    ["epochs", { epochs: 0.5 }],
    ["validationBatchSize", { validationSplit: 0.5, validationBatchSize: 0 }],
    ["callbacks", { callbacks: [{}] }],
    ["verbose", { verbose: 3 }],
    ["seed", { seed: -1 }],
    ["threads", { threads: 1.5 }],
    ["validationSplit", { validationSplit: 2 }],
  ])("by `%s`, which costs neither threads, nor a seed, nor a build", async (name, options) => {
    const leased: unknown[] = [];
    setThreadStarter(async (_backend, threads) => {
      leased.push(threads);
      return { end: () => Promise.resolve() };
    });
    const model = new Sequential([new Dense({ units: 1 })]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    const history = (): Promise<History> => model.fit(x, y, { verbose: 0, threads: 2 });
    setRandomSeed(7);
    await expect(model.fit(x, y, { threads: 2, ...options })).rejects.toThrow(`\`${name}\` must`);
    expect([leased, model.built]).toEqual([[], false]);
    const { seed } = (await history()).params;
    setRandomSeed(7);
    expect((await history()).params.seed).toBe(seed);
    expect(leased).toEqual([2, 2]);
    setThreadStarter(undefined);
  });

  test("by `batchSize` and `verbose` of evaluate and predict, before the samples are looked at", async () => {
    const model = classifier();
    const bad = [[1, 99]];
    await expect(model.evaluate(bad, [0], { batchSize: 0 })).rejects.toThrow("`batchSize` must");
    await expect(model.evaluate(bad, [0], { verbose: 3 as never })).rejects.toThrow("`verbose` must");
    await expect(model.predict(bad, { batchSize: 0 })).rejects.toThrow("`batchSize` must");
    await expect(model.predict(bad, { verbose: 3 as never })).rejects.toThrow("`verbose` must");
  });

  test("a layer that does not fit is not added", async () => {
    const model = classifier();
    const text = model.summaryText();
    expect(() => {
      model.add(new Dense({ units: 1, name: "dense" }));
    }).toThrow(/unique names\. Name 'dense' is already/);
    expect(() => {
      model.add({} as never);
    }).toThrow(/Only layers can be added .*Received: an object/);
    expect(() => {
      model.add(Input({ shape: [2] }));
    }).toThrow(/already been configured to use input shape \(None, 2\)/);
    expect(() => {
      model.add(new GlobalAveragePooling1D());
    }).toThrow(/expected ndim=3, found ndim=2\. Full shape received: \(None, 1\)/);
    expect(() => {
      model.compile({ optimizer: "adm", loss: "mse" });
    }).toThrow(/Did you mean "adam"\?/);
    expect(model.summaryText()).toBe(text);
    expect((await model.evaluate(x, y, { verbose: 0 })).length).toBe(2);
  });

  test("a failed build does not bind later inputs", async () => {
    const model = new Sequential([new Embedding({ inputDim: 10, outputDim: 3 }), new Flatten(), new Dense({ units: 2 })]);
    await expect(model.predict([[1, 99]], { verbose: 0 })).rejects.toThrow(IndexOutOfRangeError);
    expect((await model.predict([[1, 2, 3]], { verbose: 0 })).shape).toEqual([1, 2]);
  });
});

describe("names", () => {
  test.each([
    [{ optimizer: "adma" }, /`optimizer` must be one of .*Received: optimizer="adma"\. Did you mean "adam"\?/],
    [{ loss: "binary_crosentropy" }, /Did you mean "binaryCrossentropy"\?/],
    [{ metrics: ["acuracy"] }, /Did you mean "accuracy"\?/],
    [{ optimizer: 3 }, /optimizer=3/],
    [{ loss: null }, /loss=null/],
  ])("%j", (options, message) => {
    const model = classifier();
    expect(() => {
      model.compile(options as never);
    }).toThrow(message);
    expect(model.optimizer.className).toBe("SGD");
  });

  test("of layers", () => {
    expect(() => classifier().getLayer("nope")).toThrow("No such layer: nope. Existing layers are: ['embedding', 'flatten', 'dense'].");
    expect(() => Sequential.fromConfig({ layers: [{ className: "Embeding", config: {} }] })).toThrow(/Did you mean "Embedding"\?/);
    expect(() => new Activation("relux")).toThrow(/Did you mean "relu/);
    expect(() => new Activation(5 as never)).toThrow(/activation=5/);
  });
});

describe("options of layers", () => {
  test.each<[string, () => unknown, RegExp]>([
    ["units", () => new Dense({ units: 0 }), /`units` must be a positive integer\. Received: units=0/],
    ["a bare number", () => new Dense(8 as never), /Dense takes its options as one object\. Received: 8/],
    [
      "inputDim",
      () => new Embedding({ inputDim: 0, outputDim: 2 }),
      /`inputDim` must be a positive integer\. Received: inputDim=0 \(of type number\)\./,
    ],
    ["inputLength", () => new Embedding({ inputDim: 1, outputDim: 2, inputLength: -1 }), /`inputLength` must be a positive integer/],
    [
      "weights",
      () => new Embedding({ inputDim: 2, outputDim: 2, weights: [[1, 2]] }),
      /`weights` must have the shape \(2, 2\)\. Received: \(1, 2\)/,
    ],
    ["rate", () => new Dropout(1.5), /between 0 and 1\. Received: rate=1\.5/],
    ["a rate that is not a number", () => new Dropout(NaN), /Received: rate=NaN/],
    ["dataFormat", () => new GlobalAveragePooling1D({ dataFormat: "first" as never }), /channelsLast/],
    ["name", () => new Flatten({ name: "" }), /`name` must be a non-empty string/],
    [
      "inputShape",
      () => new Dense({ units: 1, inputShape: [0] }),
      /`inputShape` must be an array of positive integers.*Received: inputShape=\[0\]/,
    ],
    ["inputShape that is no array", () => new Dense({ units: 1, inputShape: 4 as never }), /Received: inputShape=4/],
  ])("%s", (_name, make, message) => {
    expect(make).toThrow(message);
  });
});

describe("states", () => {
  test("fit before compile, and without a backend", async () => {
    const model = new Sequential([new Dense({ units: 1, inputShape: [2] })]);
    await expect(model.fit(x, y)).rejects.toThrow(new NotCompiledError("You must call `compile()` before using the model."));
    model.compile({ optimizer: "sgd" });
    await expect(model.fit(x, y)).rejects.toThrow("No loss to compute. Provide a `loss` argument in `compile()`.");
    setBackend(undefined);
    model.compile({ optimizer: "sgd", loss: "mse" });
    await expect(model.fit(x, y)).rejects.toThrow(/No backend is set/);
    await expect(model.predict(x)).rejects.toThrow(/No backend is set/);
  });

  test("a model is described, read and set without a backend", async () => {
    setBackend(undefined);
    const model = classifier();
    expect(model.summaryText()).toContain("Total params: 37 (148.00 Byte)");
    const weights = await model.getWeights();
    expect(weights.map(({ shape }) => shape)).toEqual([[10, 3], [6, 1], [1]]);
    await model.setWeights([weights[0] as NDArray, [[1], [1], [1], [1], [1], [1]], [0.5]]);
    setBackend(desk.backend);
    expect((await bits(model))[2]).toEqual([0.5]);
    const [first] = await model.predict([[1, 2]], { verbose: 0 }).then((p) => [...p.data]);
    const sum = [...(weights[0] as NDArray).slice(1, 3).data].reduce((a, b) => a + b, 0.5);
    expect(first).toBeCloseTo(1 / (1 + Math.exp(-sum)), 6);
  });

  test("a second fit while one runs, and use after dispose", async () => {
    const model = classifier();
    const running = model.fit(x, y, { verbose: 0 });
    expect(() => {
      model.compile({ loss: "mse" });
    }).toThrow(BusyError);
    expect(() => {
      model.dispose();
    }).toThrow(BusyError);
    const beside = [model.fit(x, y, { verbose: 0 }), model.trainOnBatch(x, y)];
    expect((await Promise.allSettled(beside)).map((one) => one.status === "rejected" && one.reason instanceof BusyError)).toEqual([
      true,
      true,
    ]);
    await running;
    model.dispose();
    expect(desk.backend.memory().buffers).toBe(0);
    await expect(model.predict(x)).rejects.toThrow(DisposedError);
    await expect(model.fit(x, y)).rejects.toThrow(DisposedError);
    expect(() => {
      model.add(new Flatten());
    }).toThrow(DisposedError);
  });

  test("memory is where it was after steps that failed", async () => {
    const model = classifier();
    await model.fit(x, y, { verbose: 0 });
    const before = desk.backend.memory();
    await expect(
      model.fit(
        x,
        [
          [0, 1],
          [0, 1],
          [0, 1],
          [0, 1],
        ],
        { verbose: 0 },
      ),
    ).rejects.toThrow(ShapeMismatchError);
    await expect(
      model.evaluate(
        x,
        [
          [0, 1],
          [0, 1],
          [0, 1],
          [0, 1],
        ],
        { verbose: 0 },
      ),
    ).rejects.toThrow(ShapeMismatchError);
    await expect(model.fit([[1, 99]], [0], { verbose: 0 })).rejects.toThrow();
    expect(desk.backend.memory()).toEqual(before);
  });
});
