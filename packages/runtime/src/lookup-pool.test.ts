import {
  DisposedError,
  Embedding,
  EmbeddingTable,
  IndexOutOfRangeError,
  InvalidArgumentError,
  NDArray,
  RowanError,
  ShapeMismatchError,
} from "@rowan/api";
import type { Backend, BagMode, QuantizedKind } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { LookupPool } from "./index.ts";
import type { PoolOptions, PoolSource } from "./index.ts";
import { countingTable, plainSource, sameBits, someIds } from "./testing/helpers.ts";

let backend: Backend;
const pools: LookupPool[] = [];

beforeAll(async () => {
  backend = await createCpuBackend({ maximumBytes: 2 ** 28 });
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

afterAll(() => backend.dispose());

/** A pool that always uses its workers. */
async function open(source: PoolSource, options: PoolOptions = {}): Promise<LookupPool> {
  const pool = await LookupPool.create(source, { threads: 2, threshold: 0, ...options });
  pools.push(pool);
  return pool;
}

/** NaN everywhere: a row that nobody wrote is seen. */
function poison(array: NDArray): NDArray {
  array.data.fill(NaN);
  return array;
}

const [rows, dim] = [5003, 37];
const kinds: (QuantizedKind | "float32" | "int4 in blocks")[] = ["float32", "float16", "bfloat16", "int8", "int4", "int4 in blocks"];
const modes: BagMode[] = ["sum", "mean", "sqrtn", "max"];

async function tableOf(kind: (typeof kinds)[number]): Promise<EmbeddingTable> {
  const floats = EmbeddingTable.create({ inputDim: rows, outputDim: dim, seed: 7, backend });
  if (kind === "float32") return floats;
  const table = await (kind === "int4 in blocks" ? floats.quantize("int4", { blockSize: 16 }) : floats.quantize(kind));
  floats.dispose();
  return table;
}

describe.each([1, 2, 3, 8])("with %d threads", (threads) => {
  it.each(kinds)("gives the bits of inline lookups, bags and searches of %s rows", async (kind) => {
    const table = await tableOf(kind);
    // One thread is a worker, or there would be none.
    const pool = await open(table, { threads, callerWorks: threads > 1 });
    for (const count of [0, 1, 5, 1000, 40_009]) {
      const ids = someIds(count, rows, count + 1);
      const expected = await table.lookup(ids);
      const out = poison(pool.allocate(count));
      expect(sameBits((await pool.lookup(ids, { out })).data, expected.data), `${count} ids, direct`).toBe(true);
      const own = new Float32Array(count * dim).fill(NaN);
      expect((await pool.lookup(ids, { out: own })).data).toBe(own);
      expect(sameBits(own, expected.data), `${count} ids, copied`).toBe(true);
    }
    const ids = someIds(20_011, rows);
    const offsets = Int32Array.from([0, 0, 3, 3, 9000, 9001, 15_000, 15_000, 20_000]);
    const weights = Float32Array.from(ids, (id) => (id % 7) - 3);
    for (const mode of modes) {
      const bags = { ids, offsets, mode, ...(mode !== "max" && { weights }) };
      const expected = await table.lookupBags(bags);
      expect((await pool.lookupBags(bags, { out: poison(pool.allocate(offsets.length)) })).data, mode).toEqual(expected.data);
    }
    const options = { k: 12, exclude: [4, 5] };
    for (const metric of ["cosine", "dot", "euclidean"] as const) {
      expect(await pool.mostSimilarBatch([0, 17, rows - 1], { ...options, metric })).toEqual(
        await table.mostSimilarBatch([0, 17, rows - 1], { ...options, metric }),
      );
    }
    expect(pool.stats().pooledBatches).toBeGreaterThan(0);
    expect(pool.threads).toBe(threads);
    table.dispose();
  });
});

describe("lookup", () => {
  it("takes every form of ids and keeps their shape", async () => {
    const pool = await open(countingTable(backend, 100, 3));
    const nested = await pool.lookup([
      [1, 2],
      [3, 99],
    ]);
    expect(nested.shape).toEqual([2, 2, 3]);
    expect(nested.toArray()).toEqual((await pool.lookup(new NDArray(Int32Array.of(1, 2, 3, 99), [2, 2]))).toArray());
    expect((await pool.lookup(7)).shape).toEqual([3]);
    expect((await pool.lookup(BigInt64Array.of(5n))).data[0]).toBe(5);
  });

  it("treats invalid ids as a table does", async () => {
    const table = countingTable(backend, 100, 3);
    const pool = await open(table);
    const bad = [5, -1, 3, 100, 7];
    await expect(pool.lookup(bad)).rejects.toThrow(IndexOutOfRangeError);
    for (const invalidIds of ["zero", "clip"] as const) {
      expect((await pool.lookup(bad, { invalidIds })).data).toEqual((await table.lookup(bad, { invalidIds })).data);
      const bags = { ids: bad, offsets: [0, 2], mode: "mean" as const };
      expect((await pool.lookupBags(bags, { invalidIds })).data).toEqual((await table.lookupBags(bags, { invalidIds })).data);
    }
    expect(pool.stats().failures).toBe(1);
  });

  it("refuses memory of another size, kind, and options that it does not have", async () => {
    const pool = await open(countingTable(backend, 100, 3));
    await expect(pool.lookup([1, 2], { out: new Float32Array(5) })).rejects.toThrow(ShapeMismatchError);
    await expect(pool.lookup([1, 2], { out: new Int32Array(6) as never })).rejects.toThrow(InvalidArgumentError);
    await expect(pool.lookup([1, 2], { invalidId: "zero" } as never)).rejects.toThrow(/invalidIds/);
    await expect(pool.lookup([1, 2], { timeout: -1 })).rejects.toThrow(/timeout/);
    await expect(pool.lookup([1, 2], { signal: "stop" as never })).rejects.toThrow(/AbortSignal/);
    await expect(LookupPool.create(5 as never)).rejects.toThrow(InvalidArgumentError);
    await expect(LookupPool.create(countingTable(backend, 3, 3), { threads: -1 })).rejects.toThrow(/threads/);
    await expect(pool.lookup([1, 2], { invalidIds: null as never })).rejects.toThrow(/invalidIds=null/);
    expect(() => pool.close({ abort: 1 as never })).toThrow(/abort=1/);
    await expect(pool.mostSimilar(null as never)).rejects.toThrow(RowanError);
    await expect(pool.mostSimilarBatch(null as never)).rejects.toThrow(/queries=null/);
    await expect(pool.mostSimilarBatch([[1, 2, 3], undefined] as never)).rejects.toThrow(/3 values.*Received: undefined/);
    const several = await open({ user: countingTable(backend, 100, 3) });
    await expect(several.lookupFeatures({ user: null as never })).rejects.toThrow(RowanError);
  });

  it.each(["threads", "callerWorks", "retries", "maxQueue", "whenFull", "timeout", "threshold", "workerUrl"])(
    "does not take %s: null for left out",
    async (name) => {
      const created = LookupPool.create(countingTable(backend, 3, 3), { [name]: null });
      await expect(created).rejects.toThrow(InvalidArgumentError);
      await expect(created).rejects.toThrow(`${name}=null`);
    },
  );

  it("refuses what is no number of rows", async () => {
    const pool = await open({ table: countingTable(backend, 100, 3), source: plainSource(countingTable(backend, 100, 3)) });
    for (const table of ["table", "source"]) {
      for (const count of [-1, 1.5, NaN, "2" as never, null as never])
        expect(() => pool.allocate(count, { table })).toThrow(InvalidArgumentError);
    }
  });

  it("goes through pieces for ordinary memory, however large the result", async () => {
    const table = countingTable(backend, 999, 64);
    const pool = await open(table);
    const ids = someIds(100_003, 999);
    expect(sameBits((await pool.lookup(ids)).data, (await table.lookup(ids)).data)).toBe(true);
  });

  it("runs calls beside each other, and leaves no memory behind", async () => {
    const table = countingTable(backend, 999, 16);
    const pool = await open(table);
    const before = backend.memory();
    const calls = Array.from({ length: 40 }, (_, seed) => someIds(3000 + seed, 999, seed));
    const results = await Promise.all(calls.map((ids) => pool.lookup(ids)));
    for (const [index, ids] of calls.entries())
      expect(sameBits(results[index]?.data as Float32Array, (await table.lookup(ids)).data)).toBe(true);
    expect(backend.memory()).toEqual(before);
    expect(pool.stats()).toMatchObject({ batches: 40, queueDepth: 0, restarts: 0 });
  });

  it("sees rows that were set, and a table that was resized", async () => {
    const table = countingTable(backend, 50, 4);
    const pool = await open(table);
    await pool.lookup([1]);
    await table.setRows([3], [[9, 9, 9, 9]]);
    table.resize(5000);
    expect((await pool.lookup([3])).toArray()).toEqual([[9, 9, 9, 9]]);
    expect((await pool.lookup([4999])).data).toEqual((await table.lookup([4999])).data);
  });

  it("is not disturbed by a table that is disposed in the middle", async () => {
    const table = countingTable(backend, 5000, 64);
    const pool = await open(table);
    const ids = someIds(50_000, 5000);
    const expected = (await table.lookup(ids)).data;
    const call = pool.lookup(ids);
    await new Promise((resolve) => setImmediate(resolve));
    table.dispose();
    // Memory that was given back would be used again here.
    countingTable(backend, 5000, 64).tensor.backend.memory();
    expect(sameBits((await call).data, expected)).toBe(true);
    await expect(pool.lookup([1])).rejects.toThrow(/disposed/);
  });

  it("counts what it did", async () => {
    const pool = await open(countingTable(backend, 100, 8));
    await pool.lookup(someIds(5000, 100));
    await pool.lookupBags({ ids: [[1, 2], [3]] });
    await pool.mostSimilar(3);
    const stats = pool.stats();
    expect(stats).toMatchObject({ threads: 2, batches: 3, failures: 0, ids: 5004, queueDepth: 0 });
    expect(stats.rowsPerSecond).toBeGreaterThan(0);
    expect(stats.runTime.p99).toBeGreaterThanOrEqual(stats.runTime.p50);
  });

  it("measures from which size on workers pay, and does smaller calls itself", async () => {
    const pool = await LookupPool.create(countingTable(backend, 1000, 8), { threads: 2 });
    pools.push(pool);
    expect(pool.stats().threshold.direct).toBeGreaterThan(1000);
    await pool.lookup([1, 2, 3]);
    expect(pool.stats()).toMatchObject({ batches: 1, pooledBatches: 0 });
  });
});

describe("several tables", () => {
  it("gives rows and bags by feature, features sharing a table", async () => {
    const [users, items] = [countingTable(backend, 500, 8), countingTable(backend, 300, 16)];
    const pool = await open({ user: users, item: items, bought: items });
    const bought = { ids: someIds(9000, 300), offsets: [0, 10, 10, 4000], mode: "mean" as const };
    const before = backend.memory();
    const found = await pool.lookupFeatures({ user: someIds(7000, 500), item: [[1, 2]], bought });
    expect(sameBits(found.user.data, (await users.lookup(someIds(7000, 500))).data)).toBe(true);
    expect(found.item.shape).toEqual([1, 2, 16]);
    expect(found.item.data).toEqual((await items.lookup([1, 2])).data);
    expect(found.bought.data).toEqual((await items.lookupBags(bought)).data);
    expect(backend.memory()).toEqual(before);
    expect(pool.stats()).toMatchObject({ batches: 1, pooledBatches: 1, ids: 16_002 });
  });

  it("writes to memory of the caller's, and names what it does not have", async () => {
    const [users, items] = [countingTable(backend, 500, 8), countingTable(backend, 300, 16)];
    const pool = await open({ user: users, item: items });
    const out = { user: pool.allocate(3, { table: "user" }), item: new Float32Array(32) };
    const found = await pool.lookupFeatures({ user: [1, 2, 3], item: [4, -1] }, { out, invalidIds: "zero" });
    expect(found.user).toBe(out.user);
    expect(found.item.data).toBe(out.item);
    expect(Array.from(out.item.subarray(16))).toEqual(new Array(16).fill(0));
    expect((await pool.lookup([5], { table: "item" })).shape).toEqual([1, 16]);
    await expect(pool.lookup([5])).rejects.toThrow(/user/);
    await expect(pool.lookup([5], { table: "usr" })).rejects.toThrow(/user/);
    await expect(pool.lookupFeatures({ user: [1], usr: [2] })).rejects.toThrow(/user/);
    await expect(pool.lookupFeatures({ user: [1] }, { out: { usr: new Float32Array(8) } })).rejects.toThrow(
      /`out`.*usr.*Did you mean user/,
    );
    await expect(pool.lookupFeatures({ user: [1], item: [300] })).rejects.toThrow(IndexOutOfRangeError);
  });

  it("refuses memory that two features would write to", async () => {
    const items = countingTable(backend, 300, 16);
    const pool = await open({ item: items, bought: items, seen: items });
    const memory = pool.allocate(4, { table: "item" });
    const ids = { item: [1, 2], bought: [3, 4], seen: [5] };
    const part = (from: number, rows: number): Float32Array => (memory.data as Float32Array).subarray(from * 16, (from + rows) * 16);
    memory.data.fill(NaN);
    for (const out of [
      { item: part(0, 2), bought: part(0, 2) },
      { item: part(0, 2), bought: new NDArray(part(1, 2), [2, 16]) },
      { bought: part(2, 2), item: part(0, 2), seen: part(3, 1) },
    ]) {
      const call = pool.lookupFeatures(ids, { out });
      await expect(call).rejects.toThrow(InvalidArgumentError);
      await expect(call).rejects.toThrow(/of "\w+" and of "(bought|seen)", which overlap by \d+ bytes/);
    }
    const same = pool.lookupFeatures({ item: [1, 2, 3, 4], bought: [3, 4, 5, 6] }, { out: { item: memory, bought: memory } });
    await expect(same).rejects.toThrow(/which overlap by 256 bytes/);
    expect(memory.data.every(Number.isNaN)).toBe(true);
    const found = await pool.lookupFeatures(ids, { out: { item: part(0, 2), bought: part(2, 2), seen: new Float32Array(16) } });
    expect(Array.from(memory.data)).toEqual([...found.item.data, ...found.bought.data]);
    expect(memory.data).toEqual((await items.lookup([1, 2, 3, 4])).data);
  });
});

describe("a source that is no table", () => {
  it("is asked for each row once, and gives what a table gives", async () => {
    const table = countingTable(backend, 200, 5);
    const source = plainSource(table);
    const pool = await open(source, { threads: 3 });
    expect(pool.threads).toBe(0);
    const ids = someIds(5000, 200);
    expect(sameBits((await pool.lookup(ids, { out: pool.allocate(5000) })).data, (await table.lookup(ids)).data)).toBe(true);
    expect(source.asked).toHaveLength(3);
    expect(source.asked.flat().toSorted((a, b) => a - b)).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
    const weights = Float32Array.from(ids, (id) => id % 3);
    for (const mode of modes) {
      const bags = { ids, offsets: [0, 7, 7, 900], mode, ...(mode !== "max" && { weights }) };
      expect((await pool.lookupBags(bags)).data, mode).toEqual((await table.lookupBags(bags)).data);
    }
    const found = await pool.mostSimilar(150, { k: 5, metric: "euclidean" });
    expect(found.map(({ id }) => id)).toEqual((await table.mostSimilar(150, { k: 5, metric: "euclidean" })).map(({ id }) => id));
    expect((await pool.lookup([1, -1], { invalidIds: "zero" })).toArray()).toEqual(
      (await table.lookup([1, -1], { invalidIds: "zero" })).toArray(),
    );
  });

  it("passes on what the source throws", async () => {
    const pool = await open({ inputDim: 5, outputDim: 2, lookup: () => Promise.reject(new Error("the disk is gone")) });
    await expect(pool.lookup([1])).rejects.toThrow("the disk is gone");
  });
});

it("works in the calling thread where memory is not shared", async () => {
  const unshared = await createCpuBackend({ shared: false, maximumBytes: 2 ** 24 });
  const table = countingTable(unshared, 50, 4);
  const pool = await open(table);
  expect(pool.threads).toBe(0);
  expect((await pool.lookup([3, 4])).data).toEqual((await table.lookup([3, 4])).data);
  expect((await pool.lookupBags({ ids: [[3, 4]] })).shape).toEqual([1, 4]);
  expect(await pool.mostSimilar(3, { k: 2 })).toEqual(await table.mostSimilar(3, { k: 2 }));
  await pool.close();
  unshared.dispose();
});

describe("what a caller may get wrong", () => {
  it("memory that was given back is refused, and whose it is now keeps its values", async () => {
    const table = countingTable(backend, 100, 8);
    const pool = await open(table);
    const out = pool.allocate(50);
    out.dispose();
    const next = EmbeddingTable.from(new Float32Array(400).fill(7), { shape: [50, 8], backend });
    await next.lookup([0]);
    for (const ids of [someIds(50, 100), [...someIds(50, 100)]]) {
      await expect(pool.lookup(ids, { out })).rejects.toThrow(DisposedError);
    }
    await expect(pool.lookupBags({ ids: [...someIds(50, 100)].map((id) => [id]) }, { out })).rejects.toThrow("Call allocate() again");
    expect((await next.read()).data.every((value) => value === 7)).toBe(true);
    next.dispose();
    table.dispose();
  });

  it("features of a table without a name", async () => {
    const table = countingTable(backend, 10, 2);
    const pool = await open(table);
    await expect(pool.lookupFeatures({ user: [1] })).rejects.toThrow("LookupPool.create({ user: table })");
    table.dispose();
  });

  it("a layer in the place of its table", async () => {
    const layer = new Embedding({ inputDim: 3, outputDim: 2 });
    await expect(LookupPool.create(layer as unknown as PoolSource)).rejects.toThrow(
      "Received: an Embedding. Of a layer, pass its `table`.",
    );
  });
});

it("starts where there is little memory left", async () => {
  const full = await createCpuBackend({ maximumBytes: 6 << 20 });
  const table = countingTable(full, 1000, 64);
  const pool = await LookupPool.create(table, { threads: 2 });
  pools.push(pool);
  const ids = someIds(4000, 1000);
  expect(sameBits((await pool.lookup(ids)).data, (await table.lookup(ids)).data)).toBe(true);
  await pool.close();
  table.dispose();
  expect(full.memory().buffers).toBe(0);
  full.dispose();
});

it("results that are larger than a segment give the bits of inline calls", async () => {
  const small = await createCpuBackend({ segmentBytes: 1 << 16 });
  const table = countingTable(small, 5003, 16);
  const pool = await open({ user: table, item: table });
  const limits = { table: "user" };
  const ids = someIds(30_000, 5003);
  const expected = await table.lookup(ids);
  expect(sameBits((await pool.lookup(ids, limits)).data, expected.data)).toBe(true);
  const out = pool.allocate(ids.length, limits);
  expect(sameBits((await pool.lookup(ids, { out, ...limits })).data, expected.data)).toBe(true);
  const bags = { ids, offsets: Int32Array.from({ length: 10_000 }, (_, bag) => bag * 3) };
  const sums = await table.lookupBags(bags);
  expect(sameBits((await pool.lookupBags(bags, limits)).data, sums.data)).toBe(true);
  const features = await pool.lookupFeatures({ user: ids, item: bags });
  expect(sameBits(features.user.data, expected.data)).toBe(true);
  expect(sameBits(features.item.data, sums.data)).toBe(true);
  const queries = someIds(100, 5003);
  const nearest = await table.mostSimilarBatch(queries, { k: 200 });
  // Lists that no segment holds are known before anything is searched: the queries are looked up once.
  const lookups = vi.spyOn(table, "lookup");
  expect(await pool.mostSimilarBatch(queries, { k: 200, ...limits })).toEqual(nearest);
  expect(lookups).toHaveBeenCalledTimes(1);
  out.dispose();
  await pool.close();
  table.dispose();
  expect(small.memory().buffers).toBe(0);
  small.dispose();
});

it("small calls whose results no segment holds count when they are read back", async () => {
  const backend = await createCpuBackend({ segmentBytes: 1 << 10 });
  const table = countingTable(backend, 500, 16);
  const pool = await open(table, { threshold: 1 << 20 });
  const ids = someIds(40, 500);
  expect(sameBits((await pool.lookup(ids)).data, (await table.lookup(ids)).data)).toBe(true);
  const read = vi.spyOn(backend, "read").mockRejectedValueOnce(new Error("lost"));
  const failing = pool.lookup(ids);
  expect(pool.stats()).toMatchObject({ batches: 1, failures: 0 });
  await expect(failing).rejects.toThrow("lost");
  expect(read).toHaveBeenCalledTimes(1);
  expect(pool.stats()).toMatchObject({ batches: 1, pooledBatches: 0, failures: 1, ids: 40 });
  await pool.close();
  table.dispose();
  backend.dispose();
});
