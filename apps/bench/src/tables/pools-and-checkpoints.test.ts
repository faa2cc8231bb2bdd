import { join } from "node:path";
import { Dense, Embedding, EmbeddingTable, Flatten, IndexOutOfRangeError, NDArray, Sequential, setBackend } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { LookupPool } from "@rowan/runtime";
import { checkpointBytes, loadCheckpoint, openCheckpoint, saveCheckpoint } from "@rowan/serialize";
import { expect, test } from "vitest";
import { makeFolder } from "../testing.ts";

test("a table that a pool serves is saved as it is, whether the pool works or not", async () => {
  const backend = await createCpuBackend();
  const layer = new Embedding({ inputDim: 500, outputDim: 16, inputLength: 2, name: "words" });
  const model = new Sequential([layer, new Flatten(), new Dense({ units: 1 })], { backend });
  model.compile({ optimizer: "adam", loss: "mse" });
  const x = NDArray.from(Int32Array.from({ length: 40 }, (_, i) => (i * 7) % 50)).reshape([20, 2]);
  const step = (): Promise<unknown> => model.fit(x, NDArray.zeros([20, 1]), { epochs: 2, batchSize: 4, verbose: 0 });
  await step();
  // Rows are behind: the pool brings them up to date as it starts, a save finds the same.
  const expected = await checkpointBytes(layer.table);
  const pool = await LookupPool.create(layer.table, { threads: 2, threshold: 0 });
  const ids = Int32Array.from({ length: 20_000 }, (_, i) => (i * 31) % 500);
  const path = join(makeFolder(), "words.rowan");
  try {
    const looking = Array.from({ length: 8 }, () => pool.lookup(ids));
    await saveCheckpoint(layer.table, path);
    const rows = await Promise.all(looking);
    expect(await checkpointBytes(layer.table)).toEqual(expected);
    const file = await openCheckpoint(path);
    expect(rows[0]?.data).toEqual((await file.readRowsById("embeddings", ids)).data);
    await file.close();
    const again = await loadCheckpoint(path, { as: "table", backend });
    expect(await checkpointBytes(again)).toEqual(expected);
    again.dispose();
  } finally {
    await pool.close();
  }
  // What was shared can be trained and saved anew.
  await step();
  expect(await checkpointBytes(layer.table)).not.toEqual(expected);
  model.dispose();
  backend.dispose();
});

test("a pool serves the rows of an open checkpoint, floats and quantized, as the file has them", async () => {
  const backend = await createCpuBackend();
  setBackend(backend);
  const floats = EmbeddingTable.create({ inputDim: 500, outputDim: 16, seed: 4, backend });
  const int8 = await floats.quantize("int8");
  const path = join(makeFolder(), "tables.rowan");
  await saveCheckpoint({ floats, int8 }, path);
  const file = await openCheckpoint(path);
  const pool = await LookupPool.create({ floats: file.rows("floats"), int8: file.rows("int8") }, { threads: 2 });
  try {
    const ids = Int32Array.from({ length: 3000 }, (_, i) => (i * 31) % 500);
    const { floats: found, int8: quantized } = await pool.lookupFeatures({ floats: ids, int8: { ids: [[1, 2], [], [499]], mode: "sum" } });
    expect(found.data).toEqual((await floats.lookup(ids)).data);
    const sums = await int8.lookupBags({ ids: [[1, 2], [], [499]], mode: "sum" });
    for (const [i, value] of sums.data.entries()) expect(quantized.data[i]).toBeCloseTo(value, 5);
    await expect(pool.lookupFeatures({ floats: [500] })).rejects.toThrow(IndexOutOfRangeError);
  } finally {
    await pool.close();
    await file.close();
    backend.dispose();
  }
});
