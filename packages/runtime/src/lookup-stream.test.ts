import { IndexOutOfRangeError, InvalidArgumentError } from "@rowan/api";
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
      expect(asked).toBeLessThanOrEqual(used + 1 + 2);
      if (++used === 5) break;
    }
    expect(isTold).toBe(true);
    expect(backend.memory()).toEqual(before);
  });

  it("gives the rows of all batches that its source gave before it threw, and then the error", async () => {
    const before = backend.memory();
    const seen: number[] = [];
    const fault = new Error("the disk is gone");
    function* source(): Generator<IdsInput> {
      yield* [[1], [2], [3]];
      throw fault;
    }
    const run = async (): Promise<void> => {
      for await (const rows of pool.lookupStream(source(), { reuse, ahead: 5 })) seen.push(rows.data[0] as number);
    };
    await expect(run()).rejects.toBe(fault);
    expect(seen).toEqual([1, 2, 3]);
    expect(backend.memory()).toEqual(before);
  });

  it("gives rows without waiting for the next batch, and ends also where that never comes", async () => {
    let answer: (ids: IdsInput) => void = () => undefined;
    let isTold = false;
    const source: AsyncIterable<IdsInput> & AsyncIterator<IdsInput> = {
      [Symbol.asyncIterator]: () => source,
      next: () => new Promise((resolve) => (answer = (value) => resolve({ value }))),
      return: () => {
        isTold = true;
        return new Promise(() => undefined);
      },
    };
    const rows = pool.lookupStream(source, { reuse });
    for (const id of [5, 6]) {
      const next = rows.next();
      answer([id]);
      expect((await next).value?.data[0]).toBe(id);
    }
    await rows.return();
    expect(isTold).toBe(true);
    const controller = new AbortController();
    const reason = new Error("the user left");
    const waiting = pool.lookupStream(source, { reuse, signal: controller.signal }).next();
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it("ends with the error of a batch, whatever its source says to its end", async () => {
    const seen: number[] = [];
    const left = [[1], [2], [300], [3], [3], [3]];
    const source: Iterable<IdsInput> & Iterator<IdsInput> = {
      [Symbol.iterator]: () => source,
      next: () => ({ value: left.shift() as number[] }),
      return: () => {
        seen.push(-1);
        throw new Error("a second one");
      },
    };
    const run = async (): Promise<void> => {
      for await (const rows of pool.lookupStream(source, { reuse })) seen.push(rows.data[0] as number);
    };
    await expect(run()).rejects.toThrow(IndexOutOfRangeError);
    expect(seen).toEqual([1, 2, -1]);
  });
});

it("a stream refuses at once what cannot be", () => {
  expect(() => pool.lookupStream(5 as never)).toThrow(InvalidArgumentError);
  expect(() => pool.lookupStream([], { ahead: 0 })).toThrow(/ahead/);
  expect(() => pool.lookupStream([], { ahead: null as never })).toThrow(/ahead=null/);
  expect(() => pool.lookupStream([], { reuse: "yes" as never })).toThrow(/reuse/);
});
