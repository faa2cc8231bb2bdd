import {
  Adam,
  Dense,
  Dropout,
  Embedding,
  EmbeddingTable,
  GlobalAveragePooling1D,
  NDArray,
  Sequential,
  TextVectorization,
  setRandomSeed,
} from "@rowan/api";
import type { Backend } from "@rowan/api";
import { checkpointBytes } from "../checkpoint/save.ts";
import { numbers } from "./sample-files.ts";

/** The golden files of a format version, by name. They were written once and stay: this says with what content. */
export const goldenNames = ["model", "table-int4", "tensors"] as const;

/**
 * Writes what the golden files hold, anew. Its weights come out of a training, so only the committed files have all of their bits.
 *
 * @param backend - Where the training runs.
 * @returns The files by name.
 */
export async function makeGolden(backend: Backend): Promise<Record<(typeof goldenNames)[number], Uint8Array>> {
  const words = new TextVectorization({ maxTokens: 12, outputSequenceLength: 4, standardize: "lowerAndStripPunctuation" });
  words.adapt(["a whale of a time", "a white whale", "time and tide"]);
  setRandomSeed(1);
  const model = new Sequential(
    [
      new Embedding({ inputDim: 12, outputDim: 4, maskZero: true, inputLength: 4, name: "embedding" }),
      new GlobalAveragePooling1D({ name: "pool" }),
      new Dropout({ rate: 0.25, seed: 9, name: "dropout" }),
      new Dense({ units: 1, activation: "sigmoid", name: "dense" }),
    ],
    { name: "golden", backend },
  );
  model.compile({ optimizer: new Adam({ learningRate: 0.05, amsgrad: true }), loss: "binaryCrossentropy", metrics: ["accuracy"] });
  const ids = words.apply(["a whale", "the tide", "a white time", "nothing"]);
  await model.fit(ids, [1, 0, 1, 0], { epochs: 3, batchSize: 2, seed: 4, verbose: 0 });
  const table = EmbeddingTable.from(numbers(70), { shape: [10, 7], backend, name: "vectors" });
  const small = await table.quantize("int4", { blockSize: 3 });
  const files = {
    model: await checkpointBytes(model, { vocabulary: words, metadata: { epoch: "3" } }),
    "table-int4": await checkpointBytes(small, { vocabulary: Array.from({ length: 10 }, (_, i) => `word ${i}`) }),
    tensors: await checkpointBytes(tensorsOf()),
  };
  for (const made of [model, table, small]) made.dispose();
  return files;
}

/** Arrays of each dtype of the host, and one of several chunks. */
export function tensorsOf(): Record<string, NDArray> {
  return {
    "group/ints": new NDArray(Int32Array.of(0, -1, 2147483647, -2147483648), [2, 2]),
    flags: new NDArray(Uint8Array.of(1, 0, 1), [3], "bool"),
    bytes: new NDArray(Uint8Array.of(0, 255), [2]),
    signed: new NDArray(Int8Array.of(-128, 127), [1, 2]),
    scalar: new NDArray(Float32Array.of(0.1), []),
    none: NDArray.zeros([0, 3]),
    // 320,000 bytes: two chunks.
    long: new NDArray(
      Float32Array.from({ length: 80_000 }, (_, i) => (i % 97) / 8),
      [1000, 80],
    ),
  };
}
