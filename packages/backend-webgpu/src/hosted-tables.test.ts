import { Adam, Dense, Embedding, EmbeddingTable, GlobalAveragePooling1D, NDArray, RMSprop, Sequential, setRandomSeed } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { createNaiveBackend } from "@rowan/conformance";
import { describe, expect, test, vi } from "vitest";
import { createWebGpuBackend } from "./index.ts";
import type { WebGpuBackend } from "./index.ts";
import { differenceOf, values } from "./testing/desk.ts";
import type { DeskWork } from "./testing/desk.ts";
import { findTestGpu } from "./testing/software-gpu.ts";

vi.setConfig({ testTimeout: 120_000 });

const gpu = await findTestGpu();
/** Room for 2,048 floats, of which a cache gets a sixteenth: 16 of the 1000 rows. */
const memoryBytes = 2 ** 13;
const create = (): Promise<WebGpuBackend> => createWebGpuBackend({ ...(gpu.missing === undefined && gpu.options), memoryBytes });

const [rows, dim] = [1000, 8];
const spread = (count: number, seed: number): Int32Array => Int32Array.from({ length: count }, (_, i) => ((i + seed) * 7919) % rows);

/** Does the same on a device that is too small, and on the reference. */
async function compare(work: DeskWork): Promise<WebGpuBackend> {
  const small = await create();
  expect(await differenceOf(small, await createNaiveBackend(), work)).toBeLessThan(1e-5);
  expect(small.stats().hostedTensors).toBeGreaterThan(0);
  return small;
}

describe.skipIf(gpu.missing !== undefined)("tables that are larger than the device", () => {
  test("rows are looked up and bagged, more of them than the cache holds", async () => {
    const backend = await compare(async (desk) => {
      const table = desk.table(1, [rows, dim]);
      const results: number[][] = [];
      for (const [count, seed] of [
        [10, 0],
        [500, 3],
        [10, 1],
        [rows, 0],
      ] as const) {
        const ids = desk.tensor(spread(count, seed));
        const gathered = { handle: desk.backend.gather(table, ids), shape: [count, dim], dtype: "float32" } as const;
        const offsets = desk.tensor(Int32Array.of(0, 3, 3, count));
        const bags = {
          handle: desk.backend.gatherReduce({ source: table, ids, offsets, mode: "mean" }),
          shape: [3, dim],
          dtype: "float32",
        } as const;
        results.push(await desk.read(gathered), await desk.read(bags));
      }
      return results;
    });
    const { cacheHits, cacheMisses, cacheBytes, hostedBytes } = backend.stats();
    expect(cacheHits).toBeGreaterThan(0);
    expect(cacheMisses).toBeGreaterThan(0);
    expect(hostedBytes).toBe(rows * dim * 4);
    expect(cacheBytes).toBeLessThan(hostedBytes / 8);
    backend.dispose();
  });

  test.each(["adam", "rowwiseAdagrad"] as const)("%s updates rows that come and go", async (kind) => {
    const backend = await compare(async (desk) => {
      const rule =
        kind === "adam"
          ? ({ kind, decay: 0, stepSize: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false } as const)
          : ({ kind, decay: 0, learningRate: 0.1, epsilon: 1e-7 } as const);
      const target = desk.table(1, [rows, dim]);
      const slots = kind === "adam" ? [desk.table(2, [rows, dim]), desk.table(3, [rows, dim])] : [desk.table(2, [rows, 1])];
      for (let step = 0; step < 12; step++) {
        const ids = desk.tensor(spread(30, step * 17));
        desk.backend.update({ rule, target, slots, gradient: desk.tensor(values(30 * dim, step), [30, dim]), ids });
        // Some steps in a row without a wait, then one: rows are written back in between.
        if (step % 4 === 3) await desk.read(target, 0, dim);
      }
      return Promise.all([target, ...slots].map((x) => desk.read(x)));
    });
    backend.dispose();
  });

  test("a sweep moves every row, and scatter, writes, fills and reads of parts find what is newest", async () => {
    const backend = await compare(async (desk) => {
      const rule = { kind: "sgd", decay: 0.01, learningRate: 0.1, momentum: 0, nesterov: false } as const;
      const target = desk.table(1, [rows, dim]);
      const ids = desk.tensor(spread(20, 5));
      desk.backend.scatter(target, ids, desk.tensor(values(20 * dim, 9), [20, dim]));
      const first = desk.read(target, 0, 333);
      desk.backend.update({ rule, target, slots: [], gradient: desk.tensor(values(rows * dim, 4), [rows, dim]) });
      // A part of rows that are newer on the device, whole rows, and both ends inside of a row.
      desk.backend.write(target, values(100, 6), 3 * dim + 5);
      const second = desk.read(target, 11, 777);
      desk.backend.scatter(target, ids, desk.tensor(values(20 * dim, 8), [20, dim]));
      const all = await desk.read(target);
      const filled = desk.table(1, [rows, dim]);
      desk.backend.scatter(filled, ids, desk.tensor(values(20 * dim, 8), [20, dim]));
      desk.backend.fill?.(filled, 2);
      return [await first, await second, all, desk.backend.fill ? await desk.read(filled) : new Array<number>(rows * dim).fill(2)];
    });
    backend.dispose();
  });

  test("copies between tables, whole, by rows and across rows, also to and from the device", async () => {
    const backend = await compare(async (desk) => {
      const source = desk.table(1, [rows, dim]);
      const ids = desk.tensor(spread(40, 5));
      desk.backend.scatter(source, ids, desk.tensor(values(40 * dim, 9), [40, dim]));
      const [whole, shifted, wider] = [desk.table(2, [rows, dim]), desk.table(3, [rows, dim]), desk.table(4, [rows, dim + 3])];
      const device = desk.tensor(values(5 * dim, 3), [5, dim]);
      desk.backend.copy(source, whole, { sourceOffset: 2 * dim, targetOffset: dim, length: (rows - 3) * dim });
      desk.backend.copy(source, shifted, { sourceOffset: 3, targetOffset: 5, length: 900 });
      desk.backend.copy(source, wider, { sourceOffset: 0, targetOffset: 1, length: 700 });
      desk.backend.copy(source, source, { sourceOffset: 0, targetOffset: 13, length: 100 });
      desk.backend.copy(device, whole, { sourceOffset: 2, targetOffset: 7, length: 33 });
      desk.backend.copy(whole, device, { sourceOffset: 4, targetOffset: 1, length: 30 });
      return Promise.all([source, whole, shifted, wider, device].map((x) => desk.read(x)));
    });
    backend.dispose();
  });

  test.each([
    { name: "exact Adam", optimizer: () => new Adam() },
    { name: "lazy Adam", optimizer: () => new Adam({ sparseUpdate: "lazy" }) },
    { name: "dense RMSprop", optimizer: () => new RMSprop({ sparseUpdate: "dense" }) },
  ])("a model learns the same: $name", async ({ optimizer }) => {
    const x = Array.from({ length: 64 }, (_, i) => Array.from(spread(6, i * 31)));
    const y = x.map((_, i) => i % 2);
    const learn = async (backend: Backend): Promise<{ backend: Backend; numbers: number[] }> => {
      setRandomSeed(3);
      const model = new Sequential(
        [
          new Embedding({ inputDim: rows, outputDim: dim, inputLength: 6 }),
          new GlobalAveragePooling1D(),
          new Dense({ units: 16, activation: "relu" }),
          new Dense({ units: 1, activation: "sigmoid" }),
        ],
        { backend },
      );
      model.compile({ optimizer: optimizer(), loss: "binaryCrossentropy" });
      const history = await model.fit(x, y, { epochs: 4, batchSize: 16, verbose: 0 });
      const predictions = await model.predict(x, { verbose: 0 });
      const weights = await model.getWeights();
      return { backend, numbers: [...(history.history["loss"] ?? []), ...predictions.data, ...weights.flatMap(({ data }) => [...data])] };
    };
    // One after the other: they share the seed.
    const results = [await learn(await create()), await learn(await createNaiveBackend())];
    const [small, reference] = results;
    const hosted = (small?.backend as WebGpuBackend).stats();
    expect(hosted.hostedTensors).toBeGreaterThanOrEqual(2);
    const worst = Math.max(...(small?.numbers ?? []).map((value, i) => Math.abs(value - (reference?.numbers[i] as number))));
    expect(small?.numbers).toHaveLength(reference?.numbers.length ?? 0);
    expect(worst).toBeLessThan(2e-5);
  });

  test("quantized rows, nearest rows and resizing work on them, and nothing stays behind", async () => {
    const backend = await create();
    const data = new NDArray(values(rows * dim), [rows, dim]);
    const table = EmbeddingTable.from(data, { backend });
    const plain = EmbeddingTable.from(data, { backend: await createNaiveBackend() });
    expect((await table.mostSimilar(17, { k: 5 })).map(({ id }) => id)).toEqual(
      (await plain.mostSimilar(17, { k: 5 })).map(({ id }) => id),
    );
    const int8 = await table.quantize("int8");
    const other = await plain.quantize("int8");
    const ids = spread(300, 2);
    expect(backend.stats().hostedTensors).toBe(2);
    expect(Array.from((await int8.lookup(ids)).data)).toEqual(Array.from((await other.lookup(ids)).data));
    const bags = { ids, offsets: Int32Array.of(0, 100, 300), mode: "sum" } as const;
    const [mine, theirs] = [await int8.lookupBags(bags), await other.lookupBags(bags)];
    mine.data.forEach((value, i) => expect(value).toBeCloseTo(theirs.data[i] as number, 3));
    int8.dispose();
    table.resize(1200);
    plain.resize(1200);
    expect((await table.read()).data).toEqual((await plain.read()).data);
    table.dispose();
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
    expect(backend.stats()).toMatchObject({ hostedTensors: 0, hostedBytes: 0, cacheBytes: 0 });
    backend.dispose();
  });

  test("ids that the device computed find their rows, and work that follows waits for them", async () => {
    const backend = await compare(async (desk) => {
      const table = desk.table(1, [rows, dim]);
      const computed = { handle: desk.backend.cast(desk.tensor(Float32Array.of(3, 999, 3)), "int32"), shape: [3], dtype: "int32" } as const;
      const found = { handle: desk.backend.gather(table, computed), shape: [3, dim], dtype: "float32" } as const;
      const negated = { handle: desk.backend.unary("neg", found), shape: [3, dim], dtype: "float32" } as const;
      // Freed and overwritten before the ids are known.
      desk.backend.free(found.handle);
      const data = values(3 * dim, 5);
      desk.backend.scatter(table, desk.tensor(Int32Array.of(3, 7, 9)), desk.tensor(data, [3, dim]));
      data.fill(0);
      return [await desk.read(negated), await desk.read(table)];
    });
    backend.dispose();
  });
});
