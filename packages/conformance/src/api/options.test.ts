import { beforeEach, describe, expect, test } from "vitest";
import {
  Activation,
  Adam,
  AdamW,
  BinaryAccuracy,
  BinaryCrossentropy,
  CategoricalAccuracy,
  Constant,
  CosineDecay,
  Dense,
  Dropout,
  EarlyStopping,
  Embedding,
  EmbeddingBag,
  EmbeddingTable,
  ExponentialDecay,
  Flatten,
  GlorotUniform,
  Input,
  InvalidArgumentError,
  L1L2,
  L2,
  LambdaCallback,
  LearningRateScheduler,
  MaxNorm,
  MeanSquaredError,
  NonNeg,
  RandomUniform,
  ReduceLROnPlateau,
  RowwiseAdagrad,
  SGD,
  Sequential,
  TextVectorization,
  TruncatedNormal,
  VarianceScaling,
  Zeros,
  getOptimizer,
  layerFromConfig,
  setBackend,
  tensor,
} from "@rowan/api";
import type { Variable, VariableOptions } from "@rowan/api";
import { createNaiveBackend } from "../naive/create-naive-backend.ts";

let table: EmbeddingTable;

beforeEach(async () => {
  setBackend(await createNaiveBackend());
  table = EmbeddingTable.from([
    [1, 2],
    [3, 4],
  ]);
});

/** What a program without types may pass. */
const untyped = (options: unknown): never => options as never;

describe("options that do not exist are refused", () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      "a typing slip",
      () => new Embedding(untyped({ inputDim: 2, outputDim: 2, maskzero: true })),
      /Embedding has.*Did you mean maskZero\?/,
    ],
    [
      "a flag that is none",
      () => new Embedding(untyped({ inputDim: 2, outputDim: 2, maskZero: "false" })),
      /`maskZero` must be true or false\. Received: maskZero="false"/,
    ],
    ["EmbeddingBag", () => new EmbeddingBag(untyped({ inputDim: 2, outputDim: 2, combiner: "sum" })), /no option `combiner`.*Use one of/],
    ["an initializer", () => new RandomUniform(untyped({ minVal: 0 })), /RandomUniform has no option `minVal`.*Did you mean minval\?/],
    ["a normal initializer", () => new TruncatedNormal(untyped({ std: 1 })), /no option `std`/],
    ["an initializer without options", () => new Zeros(untyped({ value: 1 })), /Zeros has no option `value`.*Leave it out/],
    ["a constant", () => new Constant(untyped(3)), /Constant takes its options as one object. Received: 3\. Write \{ value: 0\.5 \}/],
    ["a named scaling", () => new GlorotUniform(untyped({ scale: 2 })), /GlorotUniform has no option `scale`/],
    ["a scaling", () => new VarianceScaling(untyped({ distributon: "uniform" })), /Did you mean distribution\?/],
    ["a regularizer", () => new L2(untyped({ l1: 0.1 })), /L2 has no option `l1`/],
    ["two regularizers", () => new L1L2(untyped({ l3: 0.1 })), /L1L2 has no option `l3`/],
    ["a constraint", () => new MaxNorm(untyped({ maxvalue: 2 })), /Did you mean maxValue\?/],
    ["a constraint without options", () => new NonNeg(untyped({ axis: 1 })), /NonNeg has no option `axis`/],
    [
      "a schedule",
      () => new CosineDecay(untyped({ initialLearningRate: 1, decaySteps: 2, warmup: 3 })),
      /CosineDecay has no option `warmup`/,
    ],
    [
      "a schedule of Keras' spelling",
      () => new ExponentialDecay(untyped({ initial_learning_rate: 1, decaySteps: 2, decayRate: 0.5 })),
      /Write initialLearningRate/,
    ],
    ["a metric", () => new BinaryAccuracy(untyped({ treshold: 0.3 })), /Did you mean threshold\?/],
    ["a metric without threshold", () => new CategoricalAccuracy(untyped({ threshold: 0.3 })), /no option `threshold`/],
    ["a plateau", () => new ReduceLROnPlateau(untyped({ patiense: 3 })), /Did you mean patience\?/],
    [
      "a callback of functions",
      () => new LambdaCallback(untyped({ onEpochStart: () => 0 })),
      /LambdaCallback has no option `onEpochStart`/,
    ],
    ["a scheduler", () => new LearningRateScheduler(untyped({ schedule: () => 1, verbos: 1 })), /Did you mean verbose\?/],
    ["Dense", () => new Dense(untyped({ units: 2, activations: "relu" })), /Did you mean activation\?/],
    ["Dropout", () => new Dropout(untyped({ rates: 0.5 })), /Did you mean rate\?/],
    ["Activation", () => new Activation(untyped({ activation: "relu", alpha: 1 })), /Activation has no option `alpha`/],
    ["Flatten", () => new Flatten(untyped({ nam: "f" })), /Did you mean name\?/],
    ["Input", () => Input(untyped({ shapes: [2] })), /Did you mean shape\?/],
    ["a bare number for a table layer", () => new Embedding(untyped(10)), /Received: 10\. Write \{ inputDim: 10, outputDim: 4 \}/],
    ["nothing for a table layer", () => new Embedding(untyped(undefined)), /Received: undefined/],
    ["Adam", () => new Adam(untyped({ lr: 0.1 })), /An optimizer has no option `lr`/],
    ["clipNorm", () => new SGD(untyped({ clipNorm: 1 })), /Did you mean clipnorm\?/],
    ["AdamW", () => new AdamW(untyped({ beta3: 1 })), /Did you mean beta1\?/],
    ["RowwiseAdagrad", () => new RowwiseAdagrad(untyped({ rho: 1 })), /no option `rho`/],
    ["TextVectorization", () => new TextVectorization(untyped({ max_tokens: 9 })), /Write maxTokens/],
    ["EarlyStopping", () => new EarlyStopping(untyped({ patients: 2 })), /Did you mean patience\?/],
    ["create", () => EmbeddingTable.create(untyped({ input_dim: 3 })), /camelCase\. Received: input_dim=3\. Write inputDim/],
    ["create without options", () => EmbeddingTable.create(untyped(undefined)), /EmbeddingTable\.create takes its options as one object/],
    ["from", () => EmbeddingTable.from([[1]], untyped({ names: "a" })), /Did you mean name\?/],
    ["a table of no variable", () => new EmbeddingTable(untyped({})), /made around a table variable\. Received: an object/],
  ])("%s", (_name, make, message) => {
    expect(make).toThrow(InvalidArgumentError);
    expect(make).toThrow(message);
  });

  test.each<[string, () => Promise<unknown>, RegExp]>([
    ["lookup", () => table.lookup([0], untyped({ invalidids: "zero" })), /lookup has.*Did you mean invalidIds\?/],
    ["lookup with null", () => table.lookup([0], untyped(null)), /Received: null/],
    ["bags", () => table.lookupBags(untyped({ ids: [[0]], combiner: "sum" })), /lookupBags has no option `combiner`/],
    ["lookupBags", () => table.lookupBags({ ids: [[0]] }, untyped({ mode: "sum" })), /Use one of: out, invalidIds/],
    ["mostSimilar", () => table.mostSimilar(0, untyped({ topK: 2 })), /mostSimilar has no option `topK`.*Use one of: k, metric, exclude/],
    ["quantize", () => table.quantize("int4", untyped({ block_size: 2 })), /Write blockSize/],
  ])("%s", async (_name, call, message) => {
    await expect(call()).rejects.toThrow(InvalidArgumentError);
    await expect(call()).rejects.toThrow(message);
  });
});

describe("a model's methods", () => {
  const model = (): Sequential => new Sequential([new Dense({ units: 1, inputShape: [2] })]);
  const [x, y] = [[[1, 2]], [[1]]];

  test.each<[string, (model: Sequential) => unknown, RegExp]>([
    ["compile", (m) => m.compile(untyped({ optimiser: "adam" })), /compile has.*Did you mean optimizer\?/],
    ["compile as in Keras", (m) => m.compile(...(["adam", "mse"] as never as [never])), /Received: "adam"\. Write \{ optimizer/],
    ["summary", (m) => m.summary(untyped({ lineLen: 65 })), /Did you mean lineLength\?/],
    ["a loss", () => new BinaryCrossentropy(untyped({ logits: true })), /A loss has no option `logits`/],
    ["another loss", () => new MeanSquaredError(untyped({ reductions: "sum" })), /Did you mean reduction\?/],
  ])("%s", (_name, call, message) => {
    expect(() => call(model())).toThrow(message);
  });

  test.each<[string, (model: Sequential) => Promise<unknown>, RegExp]>([
    ["fit", (m) => m.fit(x, y, untyped({ batch_size: 1 })), /fit takes its options in camelCase.*Write batchSize/],
    ["fit with a number", (m) => m.fit(x, y, untyped(3)), /Received: 3\. Write \{ epochs: 3 \}/],
    ["evaluate", (m) => m.evaluate(x, y, untyped({ returndict: true })), /Did you mean returnDict\?/],
    ["predict", (m) => m.predict(x, untyped(32)), /predict takes its options as one object\. Received: 32/],
    ["trainOnBatch", (m) => m.trainOnBatch(x, y, untyped({ sampleWeights: [1] })), /Did you mean sampleWeight\?/],
    ["testOnBatch", (m) => m.testOnBatch(x, y, untyped({ epochs: 1 })), /Use one of: sampleWeight, classWeight/],
  ])("%s", async (_name, call, message) => {
    const compiled = model();
    compiled.compile({ optimizer: "sgd", loss: "mse" });
    await expect(call(compiled)).rejects.toThrow(message);
  });
});

describe("arguments of programs without types", () => {
  test.each<[string, () => unknown, RegExp]>([
    ["the shape as in TensorFlow.js", () => tensor([1, 2, 3, 4], untyped([2, 2])), /the array \[2, 2\] as options.*reshape\(\[2, 2\]\)/],
    ["a layer that is in no array", () => new Sequential(untyped(new Flatten())), /takes its layers as an array\. Received: a Flatten/],
    ["options of tensor", () => tensor([1], untyped({ dType: "int32" })), /tensor has no option `dType`.*Did you mean dtype\?/],
  ])("%s", (_name, make, message) => {
    expect(make).toThrow(InvalidArgumentError);
    expect(make).toThrow(message);
  });

  test("a layer whose call gives no tensor", () => {
    class Broken extends Flatten {
      override call(): never {
        return untyped(undefined);
      }
    }
    expect(() => new Broken({ name: "b" }).apply(tensor([[1]]))).toThrow(
      /`call` of a layer must return a tensor\. Received: undefined from layer "b"/,
    );
  });

  test("a policy for invalid ids is advised where it can be passed", async () => {
    await expect(table.lookup([2])).rejects.toThrow(/invalidIds/);
    await expect(table.lookupBags({ ids: [[2]] })).rejects.toThrow(/invalidIds/);
    await expect(table.setRows([2], [[1, 2]])).rejects.toThrow(/Map unknown words to a row of their own\.$/);
    await expect(table.mostSimilar(2)).rejects.toThrow(/Map unknown words to a row of their own\.$/);
  });

  test("a vector with NaN is near to nothing", async () => {
    await expect(table.mostSimilar([1, NaN])).rejects.toThrow(InvalidArgumentError);
    await expect(
      table.mostSimilarBatch([
        [1, 2],
        [NaN, 1],
      ]),
    ).rejects.toThrow(/Received: NaN as value 0 of query 1/);
  });
});

describe("weights of layers of your own", () => {
  class Own extends Flatten {
    weight(options: VariableOptions): Variable {
      return this.addWeight(options);
    }
  }

  test("take names and configurations", async () => {
    const ones = new Own().weight({ name: "w", shape: [2], initializer: "ones", regularizer: "l2", constraint: "nonNeg" });
    expect((await ones.read()).toArray()).toEqual([1, 1]);
    expect([ones.regularizer?.className, ones.constraint?.className]).toEqual(["L2", "NonNeg"]);
    const five = new Own().weight({ name: "w", shape: [1], initializer: { className: "Constant", config: { value: 5 } } });
    expect((await five.read()).toArray()).toEqual([5]);
  });

  test("start as in Keras where nothing is said", () => {
    expect(new Own().weight({ name: "w", shape: [2, 2] }).initializer.className).toBe("GlorotUniform");
  });

  test("refuse what does not exist", () => {
    expect(() => new Own().weight({ name: "w", shape: [2], initializer: "once" })).toThrow(/Did you mean "one"\?/);
    expect(() => new Own().weight(untyped({ name: "w", shape: [2], initialiser: "ones" }))).toThrow(/Did you mean initializer\?/);
  });
});

describe("what Keras writes and Rowan has no option for", () => {
  test("is passed over in configurations", () => {
    const layer = layerFromConfig({ class_name: "Dense", config: { units: 2, dtype: "float32", quantization_config: null } });
    expect(layer.getConfig()).toMatchObject({ units: 2 });
    expect(getOptimizer({ class_name: "AdamW", config: { beta_1: 0.5, jit_compile: true } }).getConfig()).toMatchObject({ beta1: 0.5 });
  });

  test("an extending class may take more options", () => {
    class Scaled extends Dense {
      static override readonly optionNames: readonly string[] = [...Dense.optionNames, "scale"];
    }
    expect(new Scaled(untyped({ units: 2, scale: 3 })).units).toBe(2);
    expect(() => new Scaled(untyped({ units: 2, scales: 3 }))).toThrow(/Did you mean scale\?/);
  });
});
