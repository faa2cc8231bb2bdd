/**
 * Trains small models, one for each optimizer: `whole` trains, saves, goes on and saves again; `rest` loads what `whole` saved first,
 * goes on and saves. What both end with must be the same bytes.
 *
 * usage: node --conditions=@rowan/source train-and-save.mjs FOLDER whole|rest
 */
import { join } from "node:path";
import { register } from "node:module";

register("./ts-hooks.mjs", import.meta.url);

/** @type {typeof import("../packages/api/src/index.ts")} */
const api = await import(new URL("../packages/api/src/index.ts", import.meta.url).href);
/** @type {typeof import("../packages/backend-cpu/src/index.ts")} */
const { createCpuBackend } = await import(new URL("../packages/backend-cpu/src/index.ts", import.meta.url).href);
/** @type {typeof import("../packages/serialize/src/index.ts")} */
const { loadCheckpoint, saveCheckpoint } = await import(new URL("../packages/serialize/src/index.ts", import.meta.url).href);

const { Adam, AdamW, Adagrad, CosineDecay, Dense, Dropout, Embedding, Flatten, NDArray, RMSprop, RowwiseAdagrad, SGD, Sequential } = api;

const optimizers = {
  adam: () => new Adam({ learningRate: new CosineDecay({ initialLearningRate: 0.05, decaySteps: 40 }) }),
  amsgrad: () => new Adam({ learningRate: 0.05, amsgrad: true, clipnorm: 0.5 }),
  lazy: () => new Adam({ learningRate: 0.05, sparseUpdate: "lazy" }),
  dense: () => new Adam({ learningRate: 0.05, sparseUpdate: "dense" }),
  adamw: () => new AdamW({ learningRate: 0.05 }),
  momentum: () => new SGD({ learningRate: 0.05, momentum: 0.9, nesterov: true }),
  rmsprop: () => new RMSprop({ learningRate: 0.01, momentum: 0.5, centered: true }),
  adagrad: () => new Adagrad({ learningRate: 0.1 }),
  rowwise: () => new RowwiseAdagrad({ learningRate: 0.1 }),
};

const [folder = "", part = "whole"] = process.argv.slice(2);
const x = NDArray.from(Int32Array.from({ length: 60 }, (_, i) => (i * 7) % 40)).reshape([20, 3]);
const y = NDArray.from(Float32Array.from({ length: 20 }, (_, i) => i % 2)).reshape([20, 1]);
const first = /** @type {const} */ ({ batchSize: 4, verbose: 0, seed: 5, epochs: 2 });
const rest = /** @type {const} */ ({ ...first, initialEpoch: 2, epochs: 5 });

api.setBackend(await createCpuBackend());
for (const [name, make] of Object.entries(optimizers)) {
  const half = join(folder, `${name}-half.rowan`);
  if (part === "whole") {
    api.setRandomSeed(11);
    const model = new Sequential(
      [
        // More rows than the batches touch: an exact optimizer leaves some behind.
        new Embedding({ inputDim: 90, outputDim: 6, inputLength: 3, name: "words" }),
        new Flatten({ name: "flat" }),
        new Dropout({ rate: 0.25, name: "drop" }),
        new Dense({ units: 1, activation: "sigmoid", name: "out" }),
      ],
      { name: "classifier" },
    );
    model.compile({ optimizer: make(), loss: "binaryCrossentropy", metrics: ["accuracy"] });
    await model.fit(x, y, first);
    await saveCheckpoint(model, half);
    await model.fit(x, y, rest);
    await saveCheckpoint(model, join(folder, `${name}-whole.rowan`));
  } else {
    const model = await loadCheckpoint(half);
    await model.fit(x, y, rest);
    await saveCheckpoint(model, join(folder, `${name}-rest.rowan`));
  }
}
