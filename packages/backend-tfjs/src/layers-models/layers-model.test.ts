import {
  Activation,
  Dense,
  Dropout,
  Embedding,
  EmbeddingBag,
  Flatten,
  GlobalAveragePooling1D,
  NotBuiltError,
  Sequential,
  UnknownNameError,
  UnsupportedOpError,
} from "@rowan/api";
import type { Backend, Layer } from "@rowan/api";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { createTfjsBackend, fromTfjsLayersModel, toTfjsLayersModel } from "../index.ts";
import { hasNativeEngine } from "../testing/native-engine.ts";

const engines = ["cpu", "wasm", ...(hasNativeEngine() ? (["node"] as const) : [])] as const;
const backends = await Promise.all(engines.map((engine) => createTfjsBackend({ engine })));
const [backend] = backends as [Backend];
beforeEach(() => tf.setBackend("cpu"));
afterAll(() => backends.forEach((one) => one.dispose()));

const ids = [
  [1, 2, 3],
  [4, 0, 9],
];

const layers = tfl.layers;
const embedding = (options: object = {}): tfl.layers.Layer => layers.embedding({ inputDim: 10, outputDim: 4, inputLength: 3, ...options });

function predictionOf(model: tfl.LayersModel): Float32Array {
  return tf.tidy(() => (model.predict(tf.tensor2d(ids, [2, 3], "int32")) as tf.Tensor).dataSync()) as Float32Array;
}

function expectNear(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found.length).toBe(expected.length);
  expect(Math.max(...Array.from(expected, (value, i) => Math.abs((found[i] as number) - value)))).toBeLessThan(1e-6);
}

function bits(values: ArrayLike<number>): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

async function weightsOf(model: Sequential): Promise<Uint8Array[]> {
  return (await model.getWeights()).map(({ data }) => bits(data));
}

const activations = [
  "elu",
  "linear",
  "relu",
  "relu6",
  "selu",
  "sigmoid",
  "softmax",
  "softplus",
  "softsign",
  "tanh",
  "swish",
  "mish",
  "gelu",
];

/** Every layer and option that both have. */
const theirs: Readonly<Record<string, () => tfl.LayersModel>> = {
  "the tutorial": () => tfl.sequential({ layers: [embedding(), layers.flatten(), layers.dense({ units: 1, activation: "sigmoid" })] }),
  pooling: () => tfl.sequential({ layers: [embedding(), layers.globalAveragePooling1d({}), layers.dense({ units: 3, useBias: false })] }),
  "dropout and an activation of its own": () =>
    tfl.sequential({ layers: [embedding(), layers.dropout({ rate: 0.5 }), layers.activation({ activation: "tanh" }), layers.flatten()] }),
  "a mask that Flatten ends": () => tfl.sequential({ layers: [embedding({ maskZero: true }), layers.dense({ units: 2 })] }),
  "regularizers and initializers": () =>
    tfl.sequential({
      layers: [
        embedding({ embeddingsInitializer: "randomNormal", embeddingsRegularizer: tfl.regularizers.l2({ l2: 0.1 }) }),
        layers.flatten(),
        layers.dense({ units: 2, kernelInitializer: "heUniform", kernelRegularizer: tfl.regularizers.l1l2({ l1: 0.1, l2: 0.2 }) }),
      ],
    }),
  "constraints that are met": () =>
    tfl.sequential({
      layers: [
        embedding({ embeddingsInitializer: "ones", embeddingsConstraint: tfl.constraints.nonNeg() }),
        layers.flatten(),
        layers.dense({ units: 2, kernelInitializer: "ones", kernelConstraint: tfl.constraints.nonNeg() }),
      ],
    }),
  "a model in a model": () => {
    const model = tfl.sequential({ layers: [tfl.sequential({ layers: [embedding(), layers.flatten()] })] });
    model.add(layers.dense({ units: 1 }));
    return model;
  },
  "a functional model that is a chain": () => {
    const input = tfl.input({ shape: [3], dtype: "int32" });
    const rows = layers.embedding({ inputDim: 10, outputDim: 4 }).apply(input);
    const outputs = layers.dense({ units: 2, activation: "relu" }).apply(layers.flatten().apply(rows)) as tfl.SymbolicTensor;
    return tfl.model({ inputs: input, outputs });
  },
  ...Object.fromEntries(
    activations.map((activation) => [
      `the activation ${activation}`,
      () =>
        tfl.sequential({
          layers: [
            embedding({ embeddingsInitializer: tfl.initializers.randomUniform({ minval: -3, maxval: 3, seed: 1 }) }),
            layers.flatten(),
            layers.dense({ units: 5, activation: activation as "relu", kernelInitializer: tfl.initializers.glorotNormal({ seed: 2 }) }),
          ],
        }),
    ]),
  ),
};

describe.each(engines.map((engine, i) => ({ engine, on: backends[i] as Backend })))("on $engine, there and back", ({ on }) => {
  test.each(Object.keys(theirs))("%s: the same weights bit by bit, and the same predictions", async (name) => {
    const source = (theirs[name] as () => tfl.LayersModel)();
    const [expected, weights] = [predictionOf(source), source.getWeights().map((weight) => bits(weight.dataSync()))];
    const tensors = tf.memory().numTensors;
    const model = await fromTfjsLayersModel(source, { backend: on });
    expect(tf.memory().numTensors).toBe(tensors);
    expectNear((await model.predict(ids, { verbose: 0 })).data, expected);
    expect(await weightsOf(model)).toEqual(weights);

    const again = await toTfjsLayersModel(model, (from) => tfl.loadLayersModel(from));
    expectNear(predictionOf(again), expected);
    expect(again.getWeights().map((weight) => bits(weight.dataSync()))).toEqual(weights);
    model.dispose();
  });
});

async function ours(stack: Layer[]): Promise<Sequential> {
  const model = new Sequential(stack, { backend });
  await model.predict(ids, { verbose: 0 });
  return model;
}

const table = (): Embedding => new Embedding({ inputDim: 10, outputDim: 4, inputLength: 3 });

test.each(["gelu", "silu", "mish", "logSoftmax", "relu6"])(
  "a model of Rowan with %s predicts the same in TensorFlow.js",
  async (activation) => {
    const model = await ours([table(), new Flatten(), new Dropout({ rate: 0.2 }), new Dense({ units: 3 }), new Activation({ activation })]);
    const target = await toTfjsLayersModel(model, (source) => tfl.loadLayersModel(source));
    expectNear(predictionOf(target), (await model.predict(ids, { verbose: 0 })).data);
    expect(target.getWeights().map((weight) => bits(weight.dataSync()))).toEqual(await weightsOf(model));
    model.dispose();
  },
);

const chained = [embedding({ maskZero: true }), layers.globalAveragePooling1d({})];
const branching = (): tfl.LayersModel => {
  const input = tfl.input({ shape: [3], dtype: "int32" });
  const rows = layers.flatten().apply(layers.embedding({ inputDim: 10, outputDim: 4 }).apply(input));
  const heads = [1, 2].map(() => layers.dense({ units: 1 }).apply(rows) as tfl.SymbolicTensor);
  return tfl.model({ inputs: input, outputs: layers.add().apply(heads) as tfl.SymbolicTensor });
};

const refusedFrom: readonly [string, () => tfl.LayersModel, typeof UnsupportedOpError, RegExp][] = [
  [
    "a layer that Rowan does not have",
    () => tfl.sequential({ layers: [embedding(), layers.conv1d({ filters: 2, kernelSize: 2 })] }),
    UnknownNameError,
    /Received: layer="Conv1D"/,
  ],
  [
    "an activation that Rowan does not have",
    () => tfl.sequential({ layers: [embedding(), layers.dense({ units: 1, activation: "gelu_new" })] }),
    UnknownNameError,
    /geluNew/,
  ],
  [
    "hardSigmoid, which is another function there",
    () => tfl.sequential({ layers: [embedding(), layers.dense({ units: 1, activation: "hardSigmoid" })] }),
    UnsupportedOpError,
    /relu6\(x \+ 3\) \/ 6/,
  ],
  ["a mask before a pooling", () => tfl.sequential({ layers: chained }), UnsupportedOpError, /maskZero=true\. Make the Embedding without/],
  ["layers that branch", branching, UnsupportedOpError, /one chain of layers.*dense_Dense\d+.*dense_Dense\d+/],
];

test.each(refusedFrom)("from TensorFlow.js, %s is an error with the name", async (_what, make, errorClass, message) => {
  const before = backend.memory();
  const failing = fromTfjsLayersModel(make(), { backend });
  await expect(failing).rejects.toThrow(errorClass);
  await expect(failing).rejects.toThrow(message);
  expect(backend.memory()).toEqual(before);
});

const refusedTo: readonly [string, () => Promise<Sequential> | Sequential, typeof UnsupportedOpError, RegExp][] = [
  ["EmbeddingBag", () => ours([new EmbeddingBag({ inputDim: 10, outputDim: 4 })]), UnsupportedOpError, /"embedding_bag.*\(EmbeddingBag\)/],
  [
    "leakyRelu",
    () => ours([table(), new Flatten(), new Dense({ units: 1, activation: "leakyRelu" })]),
    UnsupportedOpError,
    /leaky_relu.*"dense/,
  ],
  [
    "hardSilu",
    () => ours([table(), new Flatten(), new Dense({ units: 1, activation: "hardSilu" })]),
    UnsupportedOpError,
    /hardSilu.*"dense/,
  ],
  [
    "a mask before a pooling",
    () => ours([new Embedding({ inputDim: 10, outputDim: 4, inputLength: 3, maskZero: true }), new GlobalAveragePooling1D()]),
    UnsupportedOpError,
    /global_average_pooling1d.*maskZero=true/,
  ],
  ["a model that is not built", () => new Sequential([new Dense({ units: 1 })], { backend }), NotBuiltError, /inputShape/],
];

test.each(refusedTo)("to TensorFlow.js, %s is an error with the name", async (_what, make, errorClass, message) => {
  const model = await make();
  const failing = toTfjsLayersModel(model, (source) => tfl.loadLayersModel(source));
  await expect(failing).rejects.toThrow(errorClass);
  await expect(failing).rejects.toThrow(message);
  model.dispose();
});

test("a quantized table goes to TensorFlow.js as the floats that it stands for", async () => {
  const layer = table();
  const model = await ours([layer, new Flatten()]);
  await layer.quantize("int8");
  const target = await toTfjsLayersModel(model, (source) => tfl.loadLayersModel(source));
  expect(bits(predictionOf(target))).toEqual(bits((await model.predict(ids, { verbose: 0 })).data));
  model.dispose();
});
