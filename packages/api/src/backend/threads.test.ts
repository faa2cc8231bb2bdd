import { afterEach, describe, expect, it } from "vitest";
import type { Backend } from "./backend.ts";
import { setThreadStarter, withThreads } from "./threads.ts";

afterEach(() => setThreadStarter(undefined));

const backends = ["a", "b", "c"].map((name) => ({ name }) as Backend);

/** Leases whose ends are listed; those of some backends fail. */
function lend(broken: readonly string[], refused?: string): string[] {
  const ended: string[] = [];
  setThreadStarter(async ({ name }) => {
    if (name === refused) throw new Error(`no threads for ${name}`);
    return Promise.resolve({
      async end() {
        await Promise.resolve();
        ended.push(name);
        if (broken.includes(name)) throw new Error(`the end of ${name}`);
      },
    });
  });
  return ended;
}

describe("work on threads of several backends", () => {
  it("ends every lease, also where the end of another one fails, and says so", async () => {
    const ended = lend(["a"]);
    await expect(withThreads(backends, 2, () => Promise.resolve(1))).rejects.toThrow("the end of a");
    expect(ended.sort()).toEqual(["a", "b", "c"]);
  });

  it("rejects with what the work threw, not with what its end did", async () => {
    const ended = lend(["b"]);
    await expect(withThreads(backends, 2, () => Promise.reject(new Error("the work")))).rejects.toThrow("the work");
    expect(ended.sort()).toEqual(["a", "b", "c"]);
  });

  it("gives back what it had where a further backend refuses, and takes none for one thread", async () => {
    const ended = lend([], "c");
    await expect(withThreads(backends, 2, () => Promise.resolve(1))).rejects.toThrow("no threads for c");
    expect(ended.sort()).toEqual(["a", "b"]);
    expect(await withThreads(backends, 1, () => Promise.resolve(1))).toBe(1);
  });
});
