import { describe, expect, it } from "vitest";
import { planShards } from "./plan-shards.ts";
import type { PartWork } from "./plan-shards.ts";

/** Slices as [part, from, to]. */
function slicesOf(parts: readonly PartWork[], threads: number): [part: number, from: number, to: number][] {
  const plan = planShards(parts, threads);
  return Array.from({ length: plan.length / 3 }, (_, i) => Array.from(plan.subarray(i * 3, i * 3 + 3)) as [number, number, number]);
}

/** Every row once, in order, by slices that are not empty. */
function expectCover(parts: readonly PartWork[], threads: number): void {
  const slices = slicesOf(parts, threads);
  parts.forEach(({ count }, part) => {
    let next = 0;
    for (const [, from, to] of slices.filter(([one]) => one === part)) {
      expect(from).toBe(next);
      expect(to).toBeGreaterThan(from);
      next = to;
    }
    expect(next).toBe(count);
  });
  expect(slices.map(([part]) => part)).toEqual(slices.map(([part]) => part).toSorted((a, b) => a - b));
}

describe("planShards", () => {
  it.each([0, 1, 2, 3, 7, 1000, 262_144, 1_000_003])("covers %d rows without gaps", (count) => {
    for (const threads of [1, 2, 3, 8]) expectCover([{ count, rowBytes: 512 }], threads);
  });

  it("gives each thread a slice of a call that is just worth it, and several of a large one", () => {
    expect(slicesOf([{ count: 1000, rowBytes: 512 }], 2)).toEqual([
      [0, 0, 500],
      [0, 500, 1000],
    ]);
    expect(slicesOf([{ count: 262_144, rowBytes: 512 }], 2)).toHaveLength(64);
  });

  it("bounds slices of large calls by their bytes, or their number where each has a result of its own", () => {
    expect(slicesOf([{ count: 10_000_000, rowBytes: 512 }], 2)).toHaveLength(Math.ceil((10_000_000 * 512) / 2 ** 23));
    expect(planShards([{ count: 10_000_000, rowBytes: 512 }], 2, 8)).toHaveLength(3 * 16);
  });

  it("balances bags by their ids and never splits one", () => {
    // One bag of 900 ids, then 100 of one id.
    const offsets = Int32Array.from({ length: 102 }, (_, bag) => (bag === 0 ? 0 : 899 + bag));
    const work = { count: 101, rowBytes: 256, offsets };
    expectCover([work], 2);
    const [first, second] = slicesOf([work], 2);
    expect(first).toEqual([0, 0, 1]);
    expect(second).toEqual([0, 1, 101]);
  });

  it("keeps slices of ragged bags about equal", () => {
    const offsets = new Int32Array(50_001);
    for (let bag = 1; bag <= 50_000; bag++) offsets[bag] = (offsets[bag - 1] as number) + ((bag * 7919) % 37);
    const cost = slicesOf([{ count: 50_000, rowBytes: 256, offsets }], 3).map(
      ([, from, to]) => (offsets[to] as number) - (offsets[from] as number) + to - from,
    );
    expect(Math.max(...cost)).toBeLessThan(Math.min(...cost) + 80);
  });

  it("takes empty bags and no bags", () => {
    expectCover([{ count: 5, rowBytes: 4, offsets: new Int32Array(6) }], 4);
    expect(planShards([{ count: 0, rowBytes: 4, offsets: new Int32Array(1) }], 4)).toHaveLength(0);
  });

  it("cuts where memories end", () => {
    const slices = slicesOf([{ count: 1000, rowBytes: 4096, cuts: [300, 301] }], 2);
    expect(slices.some(([, from]) => from === 300)).toBe(true);
    expect(slices.some(([, from, to]) => from === 300 && to === 301)).toBe(true);
    expectCover([{ count: 1000, rowBytes: 4096, cuts: [300, 301] }], 2);
  });

  it("shares several tables out by their bytes", () => {
    const parts = [
      { count: 100_000, rowBytes: 512 },
      { count: 10, rowBytes: 512 },
      { count: 0, rowBytes: 512 },
      { count: 50_000, rowBytes: 1024 },
    ];
    expectCover(parts, 2);
    const slices = slicesOf(parts, 2);
    expect(slices.filter(([part]) => part === 0)).toHaveLength(32);
    expect(slices.filter(([part]) => part === 1)).toHaveLength(1);
    expect(slices.filter(([part]) => part === 3)).toHaveLength(32);
  });

  it("depends on its arguments alone", () => {
    const parts = [{ count: 77_777, rowBytes: 300 }];
    expect(planShards(parts, 3)).toEqual(planShards(parts, 3));
  });
});
