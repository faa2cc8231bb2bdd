import type { Backend } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LookupPool } from "./browser.ts";
import { countingTable, someIds } from "./testing/tables.ts";

declare const crossOriginIsolated: boolean;

/** Which of the two kinds of pages the project of this run serves. */
const isIsolated = (import.meta as unknown as { env: Readonly<Record<string, string>> }).env["ROWAN_ISOLATED_PAGE"] === "yes";
/** The worker's source, which Vite serves as JavaScript; a bundle has it in a file of its own. */
const workerUrl = new URL("./web-worker.ts", import.meta.url);

let backend: Backend;

beforeAll(async () => {
  backend = await createCpuBackend({ maximumBytes: 2 ** 28 });
});

afterAll(() => backend.dispose());

/** Vitest compares large arrays element by element, which takes a minute here. */
function sameValues(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.prototype.every.call(a, (value, at) => value === b[at]);
}

describe("a pool in a page", () => {
  it("has Web Workers where the page is cross-origin isolated, and none where it is not", async () => {
    expect(crossOriginIsolated).toBe(isIsolated);
    const pool = await LookupPool.create(countingTable(backend, 100, 3), { threads: 2, threshold: 0, workerUrl });
    expect(pool.threads).toBe(isIsolated ? 2 : 0);
    await pool.close();
  });

  it.each([true, false])("gives the bits of inline lookups, bags and searches; callerWorks: %s", async (callerWorks) => {
    const table = countingTable(backend, 5003, 37);
    const pool = await LookupPool.create(table, { threads: 2, threshold: 0, callerWorks, workerUrl });
    for (const count of [0, 1, 1000, 40_009]) {
      const ids = someIds(count, 5003, count + 1);
      const expected = (await table.lookup(ids)).data;
      const out = pool.allocate(count);
      out.data.fill(NaN);
      await pool.lookup(ids, { out });
      expect(sameValues(out.data, expected), `${count} ids, direct`).toBe(true);
      const { data } = await pool.lookup(ids);
      expect(sameValues(data, expected), `${count} ids, copied`).toBe(true);
      out.dispose();
    }
    const bags = { ids: someIds(9000, 5003), offsets: [0, 5, 5, 8000], mode: "mean" as const };
    expect((await pool.lookupBags(bags)).data).toEqual((await table.lookupBags(bags)).data);
    expect(await pool.mostSimilar(17, { k: 5 })).toEqual(await table.mostSimilar(17, { k: 5 }));
    expect(pool.stats()).toMatchObject({ failures: 0, queueDepth: 0, restarts: 0 });
    await pool.close();
    table.dispose();
  });

  it("ends a call at its signal, and stays usable", async () => {
    const table = countingTable(backend, 5003, 64);
    const pool = await LookupPool.create(table, { threads: 2, threshold: 0, workerUrl });
    const ids = someIds(100_000, 5003);
    const reason = new Error("the user left");
    await expect(pool.lookup(ids, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(sameValues((await pool.lookup(ids)).data, (await table.lookup(ids)).data)).toBe(true);
    await pool.close();
    await expect(pool.lookup([1])).rejects.toThrow(/closed/);
  });
});
