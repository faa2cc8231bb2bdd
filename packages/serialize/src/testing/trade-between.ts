import { Adam, Dense, Dropout, Embedding, EmbeddingTable, Flatten, Sequential, setRandomSeed } from "@rowan/api";
import type { Backend, Model } from "@rowan/api";
import { loadCheckpoint } from "../checkpoint/load.ts";
import { openCheckpoint } from "../checkpoint/open.ts";
import { checkpointBytes } from "../checkpoint/save.ts";
import { numbers } from "./sample-files.ts";

const ids = Array.from({ length: 16 }, (_, i) => [i, i + 7, (i * 3) % 30]);
const labels = ids.map((_, i) => i % 2);
const fitOptions = { batchSize: 4, seed: 5, verbose: 0 } as const;

/** What came out of a trade: each pair must be equal, bit for bit. */
export interface Trade {
  /** What was saved, and what the other backend saves of it. */
  readonly pairs: readonly { readonly what: string; readonly saved: Uint8Array; readonly again: Uint8Array }[];
  /** Predictions of the same model on both, which are near each other. */
  readonly predictions: readonly { readonly here: ArrayLike<number>; readonly there: ArrayLike<number> }[];
}

async function predict(model: Model): Promise<ArrayLike<number>> {
  return (await model.predict(ids, { verbose: 0 })).data;
}

/**
 * Trains a model on one backend, loads it on another, goes on there, and takes it back; and tables, of floats and quantized.
 *
 * @param here - Where it begins.
 * @param there - Where it goes on.
 * @returns What was saved on either side.
 */
export async function tradeBetween(here: Backend, there: Backend): Promise<Trade> {
  setRandomSeed(4);
  const model = new Sequential(
    [
      new Embedding({ inputDim: 50, outputDim: 4, inputLength: 3, name: "words" }),
      new Flatten({ name: "flat" }),
      new Dropout({ rate: 0.2, name: "drop" }),
      new Dense({ units: 1, activation: "sigmoid", name: "out" }),
    ],
    { backend: here },
  );
  model.compile({ optimizer: new Adam({ learningRate: 0.05 }), loss: "binaryCrossentropy" });
  await model.fit(ids, labels, { ...fitOptions, epochs: 2 });
  const pairs: { what: string; saved: Uint8Array; again: Uint8Array }[] = [];
  const predictions: { here: ArrayLike<number>; there: ArrayLike<number> }[] = [];
  const carry = async (from: Model, to: Backend): Promise<Sequential> => {
    const saved = await checkpointBytes(from);
    const loaded = await loadCheckpoint(saved, { backend: to });
    pairs.push({ what: `a model from ${here.name} and ${there.name} on ${to.name}`, saved, again: await checkpointBytes(loaded) });
    predictions.push({ here: await predict(from), there: await predict(loaded) });
    return loaded;
  };
  const moved = await carry(model, there);
  await moved.fit(ids, labels, { ...fitOptions, initialEpoch: 2, epochs: 4 });
  const back = await carry(moved, here);
  await back.fit(ids, labels, { ...fitOptions, initialEpoch: 4, epochs: 5 });
  for (const made of [model, moved, back]) made.dispose();
  const floats = EmbeddingTable.from(numbers(330), { shape: [30, 11], backend: here });
  const small = here.capabilities.dtypes.includes("int8") ? [await floats.quantize("int8"), await floats.quantize("bfloat16")] : [];
  for (const table of [floats, ...small]) {
    const kind = table.quantization?.kind ?? "float32";
    if (kind !== "float32" && !there.capabilities.dtypes.includes("int8")) continue;
    const saved = await checkpointBytes(table);
    const loaded = await loadCheckpoint(saved, { as: "table", backend: there });
    pairs.push({ what: `a table of ${kind} on ${there.name}`, saved, again: await checkpointBytes(loaded) });
    const file = await openCheckpoint(saved);
    predictions.push({ here: (await file.readRows("embeddings", 3, 5)).data, there: (await loaded.lookup([3, 4])).data });
    await file.close();
    loaded.dispose();
  }
  for (const table of [floats, ...small]) table.dispose();
  return { pairs, predictions };
}
