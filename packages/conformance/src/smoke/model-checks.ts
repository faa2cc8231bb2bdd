import {
  Dense,
  Dropout,
  Embedding,
  GlobalAveragePooling1D,
  NDArray,
  Sequential,
  Tensor,
  TextVectorization,
  defaultBackend,
  scope,
  setRandomSeed,
} from "@rowan/api";
import type { NamedCheck } from "./named-check.ts";
import { hashBits, portable } from "./smoke-report.ts";

const reviews = ["a great film", "great fun", "a dull film", "dull and long", "great acting and a great end", "a long dull evening"];
const labels = [1, 1, 0, 0, 1, 0];

async function tutorial(): Promise<{ same: string }> {
  setRandomSeed(7);
  const embedding = new Embedding({ inputDim: 10, outputDim: 4, inputLength: 2, name: "embedding" });
  const model = new Sequential([embedding], { name: "sequential" });
  model.compile({ optimizer: "adam", loss: "mse" });
  const rows = await model.predict([[1, 2]], { verbose: 0 });
  const [matrix] = (await embedding.getWeights()) as [NDArray];
  const same = [model.summaryText(), model.summaryText({ style: "keras3" }), matrix.toString(), rows.toString(), hashBits(matrix.data)];
  model.dispose();
  return { same: same.join("\n") };
}

async function training(): Promise<{ same: string; close: (number | string)[] }> {
  setRandomSeed(11);
  const words = new TextVectorization({ outputSequenceLength: 5 });
  words.adapt(reviews);
  const model = new Sequential([
    new Embedding({ inputDim: words.vocabularySize(), outputDim: 4, maskZero: true, inputLength: 5, name: "embedding" }),
    new GlobalAveragePooling1D({ name: "pool" }),
    new Dropout({ rate: 0.25, name: "dropout" }),
    new Dense({ units: 1, activation: "sigmoid", name: "dense" }),
  ]);
  const before = await model.getWeights();
  model.compile({ optimizer: "adam", loss: "binaryCrossentropy", metrics: ["accuracy"] });
  const ids = words.apply(reviews);
  const { history } = await model.fit(ids, labels, { epochs: 5, batchSize: 2, verbose: 0 });
  const after = await model.getWeights();
  const scores = await model.predict(ids, { verbose: 0 });
  const evaluated = await model.evaluate(ids, labels, { verbose: 0 });
  model.dispose();
  return {
    same: [words.getVocabulary().join(" "), String(ids), ...before.map(({ data }) => hashBits(data))].join("\n"),
    close: portable([...Object.values(history).flat(), ...after.flatMap(({ data }) => [...data]), ...scores.data, ...evaluated]),
  };
}

/** The output of dropout is the input times a power of two, or 0: every bit of it is promised. */
async function dropout(): Promise<{ same: string }> {
  const layer = new Dropout({ rate: 0.5, seed: 3 });
  const ones = new NDArray(new Float32Array(1000).fill(1), [10, 100]);
  const outputs: NDArray[] = [];
  for (const step of [0, 1, 5]) {
    const output = scope(() => layer.apply(Tensor.fromHost(ones, defaultBackend()), { training: true, step }).output);
    outputs.push(await output.read());
    output.dispose();
  }
  return { same: outputs.map(({ data }) => hashBits(data)).join(" ") };
}

/**
 * The tutorial, training on text with shuffles and dropout, dropout masks by themselves.
 *
 * @returns The checks.
 */
export function modelChecks(): NamedCheck[] {
  return [
    ["the tutorial", tutorial],
    ["training on text", training],
    ["dropout masks", dropout],
  ];
}
