import { EmbeddingTable, NDArray, Sequential, Dense, TextVectorization, setBackend } from "@rowan/api";
import { beforeEach, expect, test } from "vitest";
import { createNaiveBackend } from "../naive/create-naive-backend.ts";

let table: EmbeddingTable;

beforeEach(async () => {
  setBackend(await createNaiveBackend());
  table = EmbeddingTable.from([
    [1, 2],
    [3, 4],
  ]);
});

function compiled(): Sequential {
  const model = new Sequential([new Dense({ units: 1, inputShape: [1] })]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  return model;
}

test.each<[string, () => unknown, string]>([
  ["weights of bags", () => table.lookupBags({ ids: [0], offsets: [0], weights: [1, 2] }), "Received: 2 weights for 1 id."],
  ["bags of weights", () => table.lookupBags({ ids: [[0]], weights: [[1], [2]] }), "Received: 2 bags of weights for 1 bag of ids"],
  ["offsets", () => table.lookupBags({ ids: [0], offsets: [0, 2] }), "offsets[1]=2 for 1 id."],
  ["no offsets", () => table.lookupBags({ ids: [0], offsets: [] }), "no offsets for 1 id."],
  [
    "memory for rows",
    () => table.lookup([0], { out: new Float32Array(1) }),
    "must have 2 elements, for a result of shape (1, 2). Received: 1 element.",
  ],
  ["a query", () => table.mostSimilar([1]), "must have 2 values, like the rows of the table. Received: 1 value."],
  ["the data of an array", () => new NDArray(new Float32Array(1), [2]), "shape=(2,) (2 elements), data of 1 element."],
  ["a new shape", () => new NDArray(new Float32Array(1), [1]).reshape([2]), "must hold the 1 element of the array"],
  ["indices", () => new NDArray(new Float32Array(4), [2, 2]).at(1), "each axis of an array of rank 2. Received: 1 index."],
  ["nested arrays", () => table.setRows([0, 1], [[1], [1, 2]]), "must be an array of 1 element like its first sibling"],
  ["repeated tokens", () => new TextVectorization({ vocabulary: ["a", "a"] }), "vocabulary with 1 repeated token:"],
  [
    "weights of a layer",
    () => compiled().setWeights([new NDArray(new Float32Array(1), [1, 1])]),
    "has 2 weights: kernel (1, 1), bias (1,). Received: 1 array.",
  ],
  ["samples", () => compiled().fit([[1]], [[1]], { validationSplit: 0.5, verbose: 0 }), "validationSplit=0.5 of 1 sample."],
])("%s: one is called one", async (_name, call, message) => {
  await expect((async (): Promise<unknown> => call())()).rejects.toThrow(message);
});
