import { describe, expect, test } from "vitest";
import { FasterWay } from "./faster-way.ts";
import { measuredGather } from "./gathering.ts";

type Call = readonly [source: number, ids: number, out: number, count: number, rowBytes: number, asks: number | undefined];

/** A gather that writes down what it is called with, on a clock where asking costs a quarter more. */
function recorder(start: 0 | 1): { calls: Call[]; gather: ReturnType<typeof measuredGather>["gatherRows"]; asking: FasterWay } {
  const calls: Call[] = [];
  let clock = 0;
  const asking = new FasterWay(start, () => clock);
  const gatherRows = (source: number, ids: number, out: number, count: number, rowBytes: number, asks?: number): void => {
    calls.push([source, ids, out, count, rowBytes, asks]);
    clock += count * rowBytes * (asks ? 1.25 : 1);
  };
  const gather = measuredGather({ gatherRows }, asking).gatherRows;
  return { calls, gather, asking };
}

describe("measuredGather", () => {
  test.each([
    ["few rows", 1000, 256],
    ["no rows", 0, 256],
    ["rows of no values", 100_000, 0],
    ["short rows", 1_000_000, 16],
    ["long rows", 100_000, 4096],
  ])("%s are one call", (_, count, rowBytes) => {
    const { calls, gather } = recorder(1);
    gather(1, 2, 3, count, rowBytes);
    expect(calls).toEqual([[1, 2, 3, count, rowBytes, 1]]);
  });

  test("the pieces of a large call are its rows, each once and in order", () => {
    const { calls, gather } = recorder(1);
    gather(64, 1 << 20, 1 << 24, 262_145, 300);
    let row = 0;
    for (const [source, ids, out, count, rowBytes] of calls) {
      expect([source, ids, out, rowBytes]).toEqual([64, (1 << 20) + row * 4, (1 << 24) + row * 300, 300]);
      row += count;
    }
    expect(row).toBe(262_145);
  });

  test("learns to leave the asking, and stays with it", () => {
    const { calls, gather, asking } = recorder(1);
    gather(0, 0, 0, 262_144, 256);
    expect(asking.best).toBe(0);
    expect(calls.at(-1)?.[5]).toBe(0);
    calls.length = 0;
    for (let call = 0; call < 8; call++) gather(0, 0, 0, 262_144, 256);
    const asked = calls.filter(([, , , , , asks]) => asks === 1).reduce((rows, [, , , count]) => rows + count, 0);
    expect(asked / (8 * 262_144)).toBeLessThan(0.01);
  });
});
