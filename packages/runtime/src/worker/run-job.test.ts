import type { Backend, BagMode, EmbeddingTable, SharedSegment, TensorRef } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LookupPool } from "../index.ts";
import { countingTable, sameBits, someIds } from "../testing/helpers.ts";

const [rows, dim] = [1009, 12];
/** Where the second and third memory begin. */
const cuts = [400, 401];
let backend: Backend;
let others: Backend[];
let table: EmbeddingTable;

/**
 * A table in three memories, as one beyond 4 GiB is: the tail of its rows is copied to other backends, and lost at home.
 */
beforeAll(async () => {
  backend = await createCpuBackend({ maximumBytes: 2 ** 26 });
  others = [await createCpuBackend({ maximumBytes: 2 ** 24 }), await createCpuBackend({ maximumBytes: 2 ** 24 })];
  table = countingTable(backend, rows, dim);
  const { handle } = table.tensor;
  const values = (await table.read()).data as Float32Array;
  const ends = [...cuts, rows];
  const parts = others.map((other, index) => {
    const part = countingTable(other, (ends[index + 1] as number) - (cuts[index] as number), dim);
    other.write(part.tensor, values.subarray((cuts[index] as number) * dim, (ends[index + 1] as number) * dim), 0);
    return part.tensor;
  });
  const share = backend.share?.bind(backend);
  const allocateBeside = backend.allocateBeside?.bind(backend);
  const isOther = new Map<object, Backend>();
  backend.share = (tensor: TensorRef): readonly SharedSegment[] | undefined => {
    for (const other of others) if (isOther.get(tensor.handle) === other) return other.share?.(tensor);
    const home = share?.(tensor);
    if (tensor.handle !== handle || !home?.[0]) return home;
    return [
      { ...home[0], rows: cuts[0] as number },
      ...parts.map((part, index) => ({
        ...(others[index]?.share?.(part)?.[0] as SharedSegment),
        firstRow: cuts[index] as number,
      })),
    ];
  };
  backend.allocateBeside = (segment, bytes) => {
    const other = others.find((one, index) => one.share?.(parts[index] as TensorRef)?.[0]?.memory === segment.memory);
    const made = other?.allocateBeside?.(segment, bytes);
    if (!other || !made) return allocateBeside?.(segment, bytes) as object;
    isOther.set(made, other);
    return made;
  };
  const free = backend.free.bind(backend);
  backend.free = (one) => (isOther.get(one) ?? { free }).free(one);
});

afterAll(() => {
  for (const one of [backend, ...others]) one.dispose();
});

describe("a table in several memories", () => {
  it("gives rows, bags and neighbours as one in a single memory", async () => {
    const whole = countingTable(backend, rows, dim);
    expect(whole.tensor.shape).toEqual([rows, dim]);
    const pool = await LookupPool.create(table, { threads: 2, threshold: 0 });
    // What workers must not read: the rows at home of those that lie elsewhere.
    backend.write(table.tensor, new Float32Array((rows - (cuts[0] as number)) * dim).fill(NaN), (cuts[0] as number) * dim);
    const before = [backend, ...others].map((one) => one.memory());
    try {
      for (const count of [1, 3, 5000, 90_001]) {
        const ids = someIds(count, rows, count);
        const out = pool.allocate(count);
        expect(sameBits((await pool.lookup(ids, { out })).data, (await whole.lookup(ids)).data), `${count} ids`).toBe(true);
        out.dispose();
      }
      const ids = someIds(70_000, rows);
      const offsets = [0, 0, 5, 40_000, 40_003, 69_000];
      const weights = Float32Array.from(ids, (id) => (id % 5) - 1);
      for (const mode of ["sum", "mean", "sqrtn", "max"] satisfies BagMode[]) {
        const bags = { ids, offsets, mode, ...(mode !== "max" && { weights }) };
        expect(sameBits((await pool.lookupBags(bags)).data, (await whole.lookupBags(bags)).data), mode).toBe(true);
      }
      const query = Array.from({ length: dim }, (_, j) => j - 3);
      for (const metric of ["cosine", "dot", "euclidean"] as const) {
        expect(await pool.mostSimilar(query, { k: 20, metric })).toEqual(await whole.mostSimilar(query, { k: 20, metric }));
      }
      expect(pool.stats().pooledBatches).toBe(11);
      expect([backend, ...others].map((one) => one.memory())).toEqual(before);
    } finally {
      await pool.close();
    }
  });
});
