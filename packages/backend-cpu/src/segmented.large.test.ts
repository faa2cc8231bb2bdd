import { Dense, Embedding, EmbeddingTable, Flatten, SGD, Sequential } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCpuBackend } from "./index.ts";

const dim = 64;
/** 6 GiB of rows. */
const inputDim = (6 * 2 ** 30) / (dim * 4);
/** The first row behind a border: segments have 2 GiB. */
const border = 2 ** 31 / (dim * 4);
/** Both ends, and both sides of both borders. */
const watched = [0, 1, border - 1, border, 2 * border - 1, 2 * border, inputDim - 2, inputDim - 1];

function rowsOf(ids: readonly number[]): Float32Array {
  return Float32Array.from({ length: ids.length * dim }, (_, i) => Math.floor(i / dim) + 1 + (i % dim) / 64);
}

describe("a table of 6 GiB", () => {
  let backend: Backend;
  let table: EmbeddingTable;

  beforeAll(async () => {
    backend = await createCpuBackend();
    table = EmbeddingTable.create({ inputDim, outputDim: dim, initializer: { className: "Constant", config: { value: 0.25 } }, backend });
    await table.setRows(watched, rowsOf(watched));
  }, 120_000);
  afterAll(() => backend.dispose());

  test("lies in three segments", () => {
    expect(backend.share?.(table.tensor)?.map(({ firstRow, rows }) => [firstRow, rows])).toEqual([
      [0, border],
      [border, border],
      [2 * border, border],
    ]);
    expect(backend.memory().bytes).toBeGreaterThanOrEqual(6 * 2 ** 30);
  });

  test("gives the rows of both ends and of both sides of its borders", async () => {
    const mixed = [7, 2, 5, 0, 3, 6, 1, 4, 7, 0].map((index) => watched[index] as number);
    const expected = rowsOf(watched);
    const { data } = await table.lookup(mixed);
    mixed.forEach((id, i) => {
      const at = watched.indexOf(id) * dim;
      expect(data.subarray(i * dim, (i + 1) * dim)).toEqual(expected.subarray(at, at + dim));
    });
    const untouched = await table.lookup([2, border - 2, border + 1, 2 * border - 2, 2 * border + 1, inputDim - 3]);
    expect(untouched.data.every((value) => value === 0.25)).toBe(true);
  });

  test("sums bags over its borders, and finds the nearest of all rows", async () => {
    const { data } = await table.lookupBags({ ids: [watched], mode: "sum" });
    expect([...data.subarray(0, 2)]).toEqual([36, 36 + 8 / 64]);
    const last = await table.mostSimilar(rowsOf(watched).subarray(7 * dim), { k: 2, metric: "euclidean" });
    expect(last.map(({ id }) => id)).toEqual([inputDim - 1, inputDim - 2]);
  }, 60_000);

  test("names bytes and limit where the machine has too little", () => {
    const rows = Math.floor(backend.capabilities.maxTableBytes / 4) + 1;
    expect(() => backend.allocate("float32", rows)).toThrow(`bytes=${rows * 4}`);
    expect(() => backend.allocate("float32", rows)).toThrow(`limit of ${backend.capabilities.maxTableBytes} bytes`);
  });

  test("is trained by SGD like a small one", async () => {
    const train = async (rows: number, ids: readonly number[], shared?: EmbeddingTable): Promise<Float32Array> => {
      const embedding = new Embedding({ inputDim: rows, outputDim: dim, ...(shared && { table: shared }) });
      const head = new Dense({ units: 1, kernelInitializer: { className: "GlorotUniform", config: { seed: 2 } } });
      const model = new Sequential([embedding, new Flatten(), head], { backend });
      model.compile({ optimizer: new SGD({ learningRate: 0.01 }), loss: "meanSquaredError" });
      const x = Array.from({ length: 4 }, (_, i) => [0, 1, 3, 6].map((step) => ids[(i + step) % ids.length] as number));
      await model.fit(x, [0.5, -1, 2, 0], { epochs: 3, batchSize: 2, shuffle: false, verbose: 0 });
      return (await embedding.table.lookup(ids)).data as Float32Array;
    };
    const small = EmbeddingTable.from(rowsOf(watched), { shape: [watched.length, dim], backend });
    const expected = await train(watched.length, [...watched.keys()], small);
    const trained = await train(inputDim, watched, table);
    expect(trained).toEqual(expected);
    expect(trained).not.toEqual(rowsOf(watched));
    const beside = await table.lookup([2, border - 2, border + 1, 2 * border - 2, 2 * border + 1, inputDim - 3]);
    expect(beside.data.every((value) => value === 0.25)).toBe(true);
  }, 60_000);
});
