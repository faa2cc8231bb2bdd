import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Adam, BusyError, Dense, Embedding, Flatten, NDArray, SGD, Sequential, setBackend } from "@rowan/api";
import type { Backend, EmbeddingTable } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpointBytes, loadCheckpoint, saveCheckpoint } from "../index.ts";
import type { Saveable } from "../index.ts";

const folder = mkdtempSync(join(tmpdir(), "rowan-busy-"));
const path = join(folder, "busy.rowan");
let cpu: Backend;

beforeAll(async () => {
  cpu = await createCpuBackend();
  setBackend(cpu);
});

afterAll(() => {
  setBackend(undefined);
  cpu.dispose();
  rmSync(folder, { recursive: true });
});

function makeModel(optimizer: Adam | SGD = new Adam()): Sequential {
  const model = new Sequential([
    new Embedding({ inputDim: 30, outputDim: 4, inputLength: 2, name: "words" }),
    new Flatten({ name: "flat" }),
    new Dense({ units: 1, name: "out" }),
  ]);
  model.compile({ optimizer, loss: "mse" });
  return model;
}

const x = NDArray.from(Int32Array.of(1, 2, 3, 4)).reshape([2, 2]);
const y = NDArray.from(Float32Array.of(0, 1)).reshape([2, 1]);
const step = (model: Sequential): Promise<unknown> => model.fit(x, y, { epochs: 1, verbose: 0 });
const tableOf = (model: Sequential): EmbeddingTable => (model.layers[0] as Embedding).table;

/** Saves into a stream that does something at the first bytes. */
function saveWhile(what: Saveable, meanwhile: () => unknown): Promise<void> {
  let isFirst = true;
  const stream = new WritableStream<Uint8Array>({
    write: async () => {
      if (isFirst) await meanwhile();
      isFirst = false;
    },
  });
  return saveCheckpoint(what, stream);
}

describe("what changes while it is saved", () => {
  const cases: [string, (model: Sequential) => Saveable, (model: Sequential) => unknown, string][] = [
    ["a model that is trained", (model) => model, step, 'The model "'],
    ["the table of a model that is trained", tableOf, step, 'The table "embeddings" must not be trained or set'],
    ["a table by name whose model is trained", (model) => ({ words: tableOf(model) }), step, 'new values of "words"'],
    ["a table whose rows are set", tableOf, (model) => tableOf(model).setRows([3], [[1, 2, 3, 4]]), 'new values of "embeddings"'],
    ["a table that is resized", tableOf, (model) => tableOf(model).resize(31), 'new values of "embeddings"'],
    [
      "a model whose weights are set",
      (model) => model,
      async (model) => model.setWeights(await model.getWeights()),
      'new values of "words/embeddings"',
    ],
    ["a table that is given back", tableOf, (model) => tableOf(model).dispose(), 'new values of "embeddings"'],
  ];

  it.each(cases)("is a BusyError: %s", async (_name, what, meanwhile, message) => {
    for (const optimizer of [new Adam(), new SGD({ learningRate: 0.1 }), new Adam({ sparseUpdate: "lazy" })]) {
      const model = makeModel(optimizer);
      await step(model);
      const saving = saveWhile(what(model), () => meanwhile(model));
      await expect(saving).rejects.toThrow(BusyError);
      await expect(saving).rejects.toThrow(message);
      model.dispose();
    }
  });

  it("leaves the earlier file, and no trace", async () => {
    const model = makeModel();
    const table = tableOf(model);
    await step(model);
    await saveCheckpoint(table, path);
    const before = readFileSync(path);
    const results = await Promise.allSettled([saveCheckpoint(table, path), step(model)]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect((results[0] as PromiseRejectedResult).reason).toBeInstanceOf(BusyError);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual(["busy.rowan"]);
    model.dispose();
  });
});

describe("what does not change it", () => {
  it("goes on beside a save: predictions, lookups, searches, another save, training of another model", async () => {
    const [model, other] = [makeModel(), makeModel()];
    await step(model);
    const expected = await checkpointBytes(model);
    for (const meanwhile of [
      () => model.predict(x, { verbose: 0 }),
      () => model.evaluate(x, y, { verbose: 0 }),
      () => tableOf(model).lookup([5, 6]),
      () => tableOf(model).mostSimilar(3),
      () => checkpointBytes(model),
      () => step(other),
    ]) {
      await saveWhile(model, meanwhile);
      await saveWhile(tableOf(model), meanwhile);
    }
    const again = await loadCheckpoint(expected);
    expect(await checkpointBytes(again)).toEqual(expected);
    for (const made of [model, other, again]) made.dispose();
  });
});
