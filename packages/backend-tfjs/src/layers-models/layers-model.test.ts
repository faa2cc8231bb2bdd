import { Dense, Embedding, Flatten, Sequential } from "@rowan/api";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import { createTfjsBackend, fromTfjsLayersModel, toTfjsLayersModel } from "../index.ts";

const ids = [
  [1, 2, 3],
  [4, 0, 9],
];

function theirs(): tfl.Sequential {
  return tfl.sequential({
    layers: [
      tfl.layers.embedding({ inputDim: 10, outputDim: 4, inputLength: 3 }),
      tfl.layers.flatten(),
      tfl.layers.dense({ units: 5, activation: "relu" }),
      tfl.layers.dense({ units: 1, activation: "sigmoid" }),
    ],
  });
}

function predictionOf(model: tfl.LayersModel): Float32Array {
  return tf.tidy(() => (model.predict(tf.tensor2d(ids, [2, 3], "int32")) as tf.Tensor).dataSync()) as Float32Array;
}

test.each(["cpu", "wasm"] as const)("a model of TensorFlow.js predicts the same in Rowan, on %s", async (engine) => {
  const backend = await createTfjsBackend({ engine });
  await tf.setBackend("cpu");
  const source = theirs();
  const expected = predictionOf(source);
  const tensors = tf.memory().numTensors;
  const model = await fromTfjsLayersModel(source, { backend });
  const { data } = await model.predict(ids, { verbose: 0 });
  expected.forEach((value, i) => expect(Math.abs((data[i] as number) - value)).toBeLessThan(1e-6));
  const [table] = (await model.layers[0]?.getWeights()) ?? [];
  expect(table?.data).toEqual(source.layers[0]?.getWeights()[0]?.dataSync());
  expect(tf.memory().numTensors).toBe(tensors);
  model.dispose();
});

test("a model of Rowan predicts the same in TensorFlow.js, with the same weights", async () => {
  const backend = await createTfjsBackend({ engine: "cpu" });
  await tf.setBackend("cpu");
  const model = new Sequential(
    [new Embedding({ inputDim: 10, outputDim: 4, inputLength: 3 }), new Flatten(), new Dense({ units: 1, activation: "sigmoid" })],
    { backend },
  );
  const { data } = await model.predict(ids, { verbose: 0 });
  const target = await toTfjsLayersModel(model, (source) => tfl.loadLayersModel(source));
  predictionOf(target).forEach((value, i) => expect(Math.abs((data[i] as number) - value)).toBeLessThan(1e-6));
  const weights = await Promise.all(model.layers.map((layer) => layer.getWeights()));
  expect(target.getWeights().map((weight) => weight.dataSync())).toEqual(weights.flat().map((weight) => weight.data));
  model.dispose();
});
