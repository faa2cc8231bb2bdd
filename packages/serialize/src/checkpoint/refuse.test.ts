import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BusyError,
  DisposedError,
  Embedding,
  EmbeddingTable,
  FileAccessError,
  Flatten,
  InvalidArgumentError,
  LambdaCallback,
  NDArray,
  NotBuiltError,
  Sequential,
  UnsupportedOpError,
  ops,
  setBackend,
} from "@rowan/api";
import type { Backend, Tensor } from "@rowan/api";
import { createNaiveBackend } from "@rowan/conformance";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpointBytes, loadCheckpoint, saveCheckpoint } from "../index.ts";
import type { Saveable } from "../index.ts";

const { mean, square, subtract } = ops;
const folder = mkdtempSync(join(tmpdir(), "rowan-refuse-"));
let backend: Backend;

beforeAll(async () => {
  backend = await createNaiveBackend();
  setBackend(backend);
});

afterAll(() => {
  setBackend(undefined);
  backend.dispose();
  rmSync(folder, { recursive: true });
});

const vectors = (): EmbeddingTable => EmbeddingTable.create({ inputDim: 6, outputDim: 2, seed: 1 });

/** Two layers with one table, built: no configuration says that. */
function tied(): Sequential {
  const table = vectors();
  const first = new Embedding({ table, inputLength: 2, name: "first" });
  const model = new Sequential([first, new Embedding({ table, name: "second" })]);
  model.ensureBuilt([null, 2]);
  return model;
}

function compiled(loss: "mse" | ((yTrue: Tensor, yPred: Tensor) => Tensor)): Sequential {
  const model = new Sequential([new Embedding({ inputDim: 6, outputDim: 2, inputLength: 2, name: "words" }), new Flatten()]);
  model.compile({ optimizer: "sgd", loss });
  return model;
}

function disposed(): EmbeddingTable {
  const table = vectors();
  table.dispose();
  return table;
}

const path = join(folder, "model.rowan");

describe("a save refuses, and leaves what was there:", () => {
  const cases: [string, () => Saveable | Promise<Saveable>, abstract new (...args: never[]) => Error, string][] = [
    ["a model without weights", () => new Sequential([new Embedding({ inputDim: 6, outputDim: 2 })]), NotBuiltError, "not built"],
    [
      "layers that share a table",
      tied,
      UnsupportedOpError,
      "Received: second/embeddings, shared with a layer before it. Save the tables by name",
    ],
    ["a loss of one's own", () => compiled((yTrue, yPred) => mean(square(subtract(yTrue, yPred)))), InvalidArgumentError, "loss"],
    ["a table that was disposed", disposed, DisposedError, "was disposed"],
    ["a disposed table by name", () => ({ words: disposed() }), DisposedError, "was disposed"],
    [
      "a model that was disposed",
      () => {
        const model = compiled("mse");
        model.dispose();
        return model;
      },
      DisposedError,
      "was disposed",
    ],
    [
      "an array in the place of a table's scales",
      async () => ({ words: await vectors().quantize("int8"), "words/scales": NDArray.zeros([6]) }),
      InvalidArgumentError,
      'Received: "words/scales" twice',
    ],
    ["a name like a path", () => ({ "../words": vectors() }), InvalidArgumentError, '".."'],
    ["__proto__", () => Object.fromEntries([["__proto__", NDArray.zeros([1])]]), InvalidArgumentError, "__proto__"],
    ["a list of arrays", () => [NDArray.zeros([1])] as unknown as Saveable, InvalidArgumentError, "Wrap arrays"],
    ["numbers", () => ({ words: [1, 2] }) as unknown as Saveable, InvalidArgumentError, "NDArray.from(values)"],
  ];

  it.each(cases)("%s", async (_name, make, error, message) => {
    writeFileSync(path, "what was there");
    const what = await make();
    for (const options of [{}, { shardBytes: 1_048_576 }]) {
      const saving = saveCheckpoint(what, path, options);
      await expect(saving).rejects.toThrow(error);
      await expect(saving).rejects.toThrow(message);
    }
    await expect(checkpointBytes(what)).rejects.toThrow(error);
    expect(readFileSync(path, "utf8")).toBe("what was there");
    expect(readdirSync(folder)).toEqual(["model.rowan"]);
  });

  it("a folder, and a folder that is not there", async () => {
    const target = join(folder, "folder");
    mkdirSync(target);
    await expect(saveCheckpoint(vectors(), target)).rejects.toThrow("it is a folder");
    await expect(saveCheckpoint(vectors(), join(target, "none", "x.rowan"))).rejects.toThrow(FileAccessError);
    expect(readdirSync(target)).toEqual([]);
    rmSync(target, { recursive: true });
  });

  it("nothing of this where it need not: a loss of one's own without the compile options, tied tables by name", async () => {
    const own = compiled((yTrue, yPred) => mean(square(subtract(yTrue, yPred))));
    await saveCheckpoint(own, path, { compile: false });
    const again = await loadCheckpoint(path);
    expect(await again.getWeights()).toEqual(await own.getWeights());
    const model = tied();
    await saveCheckpoint({ shared: (model.layers[0] as Embedding).table }, path);
    expect([...(await loadCheckpoint(path, { as: "tensors" })).keys()]).toEqual(["shared"]);
    for (const made of [own, again, model]) made.dispose();
  });
});

describe("in the midst of fit", () => {
  it("a save between two steps holds the state of that step; one that a step overtakes is refused", async () => {
    const model = compiled("mse");
    const x = NDArray.from(Int32Array.of(1, 2, 3, 4, 5, 0)).reshape([3, 2]);
    const y = NDArray.zeros([3, 4]);
    const kept: Uint8Array[] = [];
    const left: Promise<unknown>[] = [];
    const callback = new LambdaCallback({
      onTrainBatchEnd: async (batch) => {
        if (batch !== 1) return;
        kept.push(await checkpointBytes(model));
        // Nobody waits for it.
        left.push(checkpointBytes(model).catch((error: unknown) => error));
      },
    });
    await model.fit(x, y, { epochs: 1, batchSize: 1, verbose: 0, callbacks: [callback] });
    expect((await loadCheckpoint(kept[0] as Uint8Array)).optimizer.iterations).toBe(2);
    for (const result of await Promise.all(left)) expect(result).toBeInstanceOf(BusyError);
    model.dispose();
  });
});
