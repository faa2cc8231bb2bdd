import {
  Dense,
  Embedding,
  EmbeddingTable,
  Flatten,
  GlobalAveragePooling1D,
  NotBuiltError,
  Sequential,
  ShapeMismatchError,
  UnsupportedOpError,
  setBackend,
} from "@rowan/api";
import type { Backend } from "@rowan/api";
import { createNaiveBackend } from "@rowan/conformance";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkpointBytes, loadCheckpoint } from "../index.ts";
import type { LoadReport } from "../index.ts";

let backend: Backend;

beforeEach(async () => {
  backend = await createNaiveBackend();
  setBackend(backend);
});

afterEach(() => {
  setBackend(undefined);
  backend.dispose();
});

function makeModel(units: number, name = "out"): Sequential {
  const model = new Sequential([
    new Embedding({ inputDim: 6, outputDim: 2, inputLength: 2, name: "words" }),
    new Flatten({ name: "flat" }),
    new Dense({ units, name }),
  ]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  return model;
}

describe("a checkpoint of another architecture", () => {
  it("is refused with a list of what is missing, extra and of another shape; nothing is changed", async () => {
    const bytes = await checkpointBytes(makeModel(3, "head"));
    const model = makeModel(1);
    const before = (await model.getWeights()).map(({ data }) => [...data]);
    const loading = loadCheckpoint(bytes, { into: model });
    await expect(loading).rejects.toThrow(ShapeMismatchError);
    await expect(loading).rejects.toThrow("missing: out/kernel, out/bias; extra: head/kernel, head/bias");
    await expect(loadCheckpoint(await checkpointBytes(makeModel(3)), { into: model })).rejects.toThrow(
      "of another shape: out/kernel [4, 3] instead of [4, 1], out/bias [3] instead of [1]",
    );
    expect((await model.getWeights()).map(({ data }) => [...data])).toEqual(before);
  });

  it("gives what fits with partial, and reports the rest", async () => {
    const saved = makeModel(3);
    const model = makeModel(1);
    let report: LoadReport | undefined;
    const bytes = await checkpointBytes(saved);
    await loadCheckpoint(bytes, { into: model, partial: true, onReport: (told) => (report = told) });
    expect((await model.getWeights())[0]).toEqual((await saved.getWeights())[0]);
    expect(report).toEqual({
      loaded: ["words/embeddings"],
      missing: [],
      extra: [],
      reshaped: [
        { name: "out/kernel", expected: [4, 1], received: [4, 3] },
        { name: "out/bias", expected: [1], received: [3] },
      ],
    });
  });

  it("changes nothing where the file is damaged", async () => {
    const bytes = await checkpointBytes(makeModel(1));
    const at = bytes.length - 64 - 40;
    bytes.fill(0x55, at - 200, at);
    const model = makeModel(1);
    const before = (await model.getWeights()).map(({ data }) => [...data]);
    await expect(loadCheckpoint(bytes, { into: model })).rejects.toThrow("The file was damaged");
    expect((await model.getWeights()).map(({ data }) => [...data])).toEqual(before);
  });
});

describe("a model", () => {
  it("that took its input from the first call does so again", async () => {
    const model = new Sequential([new Embedding({ inputDim: 6, outputDim: 2 }), new GlobalAveragePooling1D(), new Dense({ units: 1 })]);
    await expect(checkpointBytes(model)).rejects.toThrow(NotBuiltError);
    await model.predict([[1, 2, 3]], { verbose: 0 });
    const again = await loadCheckpoint(await checkpointBytes(model));
    expect(await again.predict([[1, 2, 3]], { verbose: 0 })).toEqual(await model.predict([[1, 2, 3]], { verbose: 0 }));
    expect((await again.predict([[1, 2, 3, 4, 5]], { verbose: 0 })).shape).toEqual([1, 1]);
  });

  it("whose layers share a table is not saved as if each had its own, but its tables by name are", async () => {
    const table = EmbeddingTable.create({ inputDim: 6, outputDim: 2, seed: 1 });
    const model = new Sequential([new Embedding({ table, inputLength: 2, name: "words" }), new Embedding({ table, name: "tags" })]);
    const saving = checkpointBytes(model);
    await expect(saving).rejects.toThrow(UnsupportedOpError);
    await expect(saving).rejects.toThrow("Received: tags/embeddings, shared with a layer before it. Save the tables by name");
    const again = await loadCheckpoint(await checkpointBytes({ words: table }), { as: "tensors" });
    expect(await (again.get("words") as EmbeddingTable).read()).toEqual(await table.read());
  });

  it("with a quantized table comes back with it", async () => {
    const model = makeModel(1);
    await (model.layers[0] as Embedding).quantize("int8");
    const again = await loadCheckpoint(await checkpointBytes(model));
    expect((again.layers[0] as Embedding).table.quantization).toEqual({ kind: "int8" });
    expect(await again.predict([[1, 2]], { verbose: 0 })).toEqual(await model.predict([[1, 2]], { verbose: 0 }));
  });
});
