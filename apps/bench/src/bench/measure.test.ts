import { describe, expect, test } from "vitest";
import { compareResults } from "./compare.ts";
import { measure, summarise } from "./measure.ts";
import type { BenchCase } from "./bench-case.ts";
import { pairRatio, quantile } from "./statistics.ts";
import { clockwork } from "./testing.ts";

const work: BenchCase = { suite: "lookup", name: "x", rows: 51, bytes: 51_000, open: async () => [] };
const signal = new AbortController().signal;

describe("turns", () => {
  test("are taken one after another, everybody first once, and each goes on where it stopped", async () => {
    const record: string[] = [];
    const pair = [clockwork("a", 10, undefined, record), clockwork("b", 20, undefined, record)];
    const result = await measure(pair, work, { turns: 2, turnMs: 40, warmMs: 40, setsMs: 0 }, signal);
    expect(record).toEqual(["a 0+0+1", "a 1+0+4", "b 0+0+1", "b 1+0+2", "a 5+1+4", "b 3+1+2", "b 6+1+2", "a 10+1+4"]);
    expect(result.map(({ calls, turnMs }) => [calls, turnMs])).toEqual([
      [8, [10, 10]],
      [4, [20, 20]],
    ]);
    expect(result.map(({ ratio }) => ratio)).toEqual([undefined, { median: 2, low: 2, high: 2, turns: 2 }]);
  });

  test("the slow have three, of one call each", async () => {
    const record: string[] = [];
    const [slow] = await measure(
      [clockwork("slow", 1000, undefined, record)],
      work,
      { turns: 9, turnMs: 40, warmMs: 400, setsMs: 0 },
      signal,
    );
    expect(record).toEqual(["slow 0+0+1", "slow 2+0+1", "slow 3+0+1", "slow 4+0+1"]);
    expect(slow?.calls).toBe(3);
    const effort = { turns: 9, turnMs: 40, warmMs: 400, setsMs: 0 };
    const [more] = await measure([clockwork("slow", 1000, undefined)], { ...work, slowTurns: 5 }, effort, signal);
    expect(more?.calls).toBe(5);
  });

  test("begin when every set had its call, if that takes no longer than it may", async () => {
    const record: string[] = [];
    const all = { ...work, sets: 20 };
    await measure([clockwork("a", 1, undefined, record)], all, { turns: 1, turnMs: 2, warmMs: 3, setsMs: 100 }, signal);
    await measure([clockwork("b", 1, undefined, record)], all, { turns: 1, turnMs: 2, warmMs: 3, setsMs: 10 }, signal);
    expect(record).toEqual(["a 0+0+1", "a 1+0+20", "a 21+1+2", "b 0+0+1", "b 1+0+10", "b 11+1+2"]);
  });

  test("of short calls last as long as all others, however long the first call took", async () => {
    const calls: number[] = [];
    const turn = async (first: number, _: number, count: number): Promise<number[]> => {
      calls.push(count);
      return new Array<number>(count).fill(first === 0 ? 2 : 1 / 64);
    };
    const contender = { ...clockwork("short", 1, undefined), turn };
    const [short] = await measure([contender], work, { turns: 1, turnMs: 10, warmMs: 20, setsMs: 0 }, signal);
    // 20 ms are 10 calls as the first one went, and 1270 more as those went.
    expect(calls).toEqual([1, 10, 1270, 640]);
    expect(short?.calls).toBe(640);
  });

  test("begin when every set had its call, however long the first one took", async () => {
    const calls: number[] = [];
    const turn = async (first: number, _: number, count: number): Promise<number[]> => {
      calls.push(count);
      return new Array<number>(count).fill(first === 0 ? 50 : 1);
    };
    await measure(
      [{ ...clockwork("slow at first", 1, undefined), turn }],
      { ...work, sets: 40 },
      { turns: 1, turnMs: 2, warmMs: 3, setsMs: 100 },
      signal,
    );
    // The first call took as long as two may; those after it leave time for all.
    expect(calls).toEqual([1, 2, 38, 2]);
  });

  test("have a bounded number of calls, also where a clock sees no time pass", async () => {
    const calls: number[] = [];
    const turn = async (_: number, __: number, count: number): Promise<number[]> => {
      calls.push(count);
      return new Array<number>(count).fill(0);
    };
    await measure([{ ...clockwork("none", 1, undefined), turn }], work, { turns: 1, turnMs: 10, warmMs: 20, setsMs: 0 }, signal);
    expect(calls.slice(1).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(2 * 4096);
  });

  test("end when the run is interrupted", async () => {
    const one = clockwork("one", 1, undefined);
    await expect(measure([one], work, { turns: 1, turnMs: 1, warmMs: 1, setsMs: 0 }, AbortSignal.abort())).rejects.toThrow("interrupted");
  });
});

describe("results", () => {
  const right = clockwork("right", 1, [1, 2]);

  test("that differ are not timed", async () => {
    const record: string[] = [];
    const wrong = clockwork("wrong", 1, [1, 3], record);
    await expect(measure([right, wrong], work, { turns: 1, turnMs: 1, warmMs: 1, setsMs: 0 }, signal)).rejects.toThrow(
      "wrong gives other results than right: value 1 is 3 instead of 2",
    );
    expect(record).toEqual([]);
  });

  test("may differ by the tolerance, a contender's own before the case's; length and NaN count", async () => {
    await compareResults([right, clockwork("near", 1, [1, 2.01])], 0.01);
    await expect(compareResults([right, clockwork("far", 1, [1, 2.1])], 0.01)).rejects.toThrow("value 1");
    await compareResults([right, { ...clockwork("rough", 1, [1, 2.1]), tolerance: 0.1 }], 0);
    await expect(compareResults([right, clockwork("long", 1, [1, 2, 3])], 1)).rejects.toThrow("value 2");
    await expect(compareResults([right, clockwork("nan", 1, [1, NaN])], 1)).rejects.toThrow("value 1 is NaN");
    await compareResults([clockwork("silent", 1, undefined), right, clockwork("same", 1, [1, 2])], 0);
  });

  test("are kept: memory that the next call overwrites is compared as it was", async () => {
    const memory = Float32Array.of(5);
    const first = { ...right, result: async () => memory };
    const second = { ...right, name: "second", result: async () => memory.fill(6) };
    await expect(compareResults([first, second], 0)).rejects.toThrow("value 0 is 6 instead of 5");
  });
});

test("median, 99th percentile and speed are those of the times", () => {
  const times = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(summarise({ contender: clockwork("x", 1, undefined), times, turnMs: [51] }, work, undefined)).toEqual({
    name: "x",
    peer: "js",
    calls: 100,
    medianMs: 51,
    p99Ms: 100,
    rowsPerSecond: 1000,
    gigabytesPerSecond: 0.001,
    turnMs: [51],
  });
});

test("ratios are of pairs, not of medians", () => {
  expect(pairRatio([2, 4, 100], [1, 2, 10])).toEqual({ median: 2, low: 2, high: 10, turns: 3 });
  expect(pairRatio([2, 4, 100], [1])).toEqual({ median: 2, low: 2, high: 2, turns: 1 });
  expect(pairRatio([], [1])).toBeUndefined();
  expect(quantile([3, 1, 2], 0.5)).toBe(2);
});
