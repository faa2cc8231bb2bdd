import { IndexOutOfRangeError } from "@rowan/api";
import type { Backend, IdsInput } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LookupPool } from "./index.ts";
import { countingTable, sameBits, someIds } from "./testing/helpers.ts";

let backend: Backend;
let pool: LookupPool;
const batches = [4000, 1, 0, 4000, 4000, 17].map((count, seed) => someIds(count, 300, seed));

beforeAll(async () => {
  backend = await createCpuBackend({ maximumBytes: 2 ** 26 });
  pool = await LookupPool.create(countingTable(backend, 300, 8), { threads: 2, threshold: 0 });
});

afterAll(async () => {
  await pool.close();
  backend.dispose();
});

describe.each([false, true])("a stream (reuse: %s)", (reuse) => {
  it("gives rows in the order of the batches, and leaves no memory behind", async () => {
    const before = backend.memory();
    let at = 0;
    for await (const rows of pool.lookupStream(batches, { reuse, ahead: 3 })) {
      const ids = batches[at++] as Int32Array;
      expect(rows.shape).toEqual([ids.length, 8]);
      expect(sameBits(rows.data, (await pool.lookup(ids)).data)).toBe(true);
    }
    expect(at).toBe(batches.length);
    expect(backend.memory()).toEqual(before);
  });

  it("asks no further ahead than it may, and tells its source when it is left", async () => {
    const before = backend.memory();
    let [asked, isTold] = [0, false];
    async function* source(): AsyncGenerator<IdsInput> {
      try {
        for (;;) yield someIds(100, 300, asked++);
      } finally {
        isTold = true;
      }
    }
    let used = 0;
    for await (const rows of pool.lookupStream(source(), { reuse, ahead: 2 })) {
      expect(rows.size).toBe(800);
      expect(asked).toBeLessThanOrEqual(used + 2);
      if (++used === 5) break;
    }
    expect(isTold).toBe(true);
    expect(backend.memory()).toEqual(before);
  });

  it("ends with the error of a batch", async () => {
    const seen: number[] = [];
    const run = async (): Promise<void> => {
      for await (const rows of pool.lookupStream([[1], [2], [300], [3]], { reuse })) seen.push(rows.data[0] as number);
    };
    await expect(run()).rejects.toThrow(IndexOutOfRangeError);
    expect(seen).toEqual([1, 2]);
  });
});
