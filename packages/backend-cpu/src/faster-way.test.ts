import { describe, expect, test } from "vitest";
import { FasterWay } from "./faster-way.ts";

/** Two ways that take given times on a clock of the test. */
function rig(start: 0 | 1, cost: (way: 0 | 1, call: number) => number): { way: FasterWay; work: (pieces: number) => (0 | 1)[] } {
  let clock = 0;
  let calls = 0;
  const way = new FasterWay(start, () => clock);
  const taken: (0 | 1)[] = [];
  const piece = (which: 0 | 1): void => {
    taken.push(which);
    clock += cost(which, calls++);
  };
  return {
    way,
    work(pieces) {
      taken.length = 0;
      for (let left = pieces; left > 0;) {
        if (left >= 2 && way.wantsToCompare) {
          way.compare(piece, piece);
          left -= 2;
        } else {
          piece(way.best);
          left--;
        }
      }
      return [...taken];
    },
  };
}

describe("FasterWay", () => {
  test.each([0, 1] as const)("goes way %i before anything is known", (start) => expect(new FasterWay(start).best).toBe(start));

  test.each([0, 1] as const)("finds that way %i is a tenth faster", (faster) => {
    const { way, work } = rig(faster === 0 ? 1 : 0, (which) => (which === faster ? 0.9 : 1));
    work(100);
    expect(way.best).toBe(faster);
    const taken = work(100);
    // Once in four pieces two are compared: three in the faster way, then one in each.
    expect(taken.filter((which) => which === faster).length).toBe(80);
  });

  test("each way comes first as often as the other: a warm-up belongs to neither", () => {
    const { way, work } = rig(0, (_, call) => (call % 2 === 0 ? 2 : 1));
    work(32);
    // Sixteen comparisons, of which eight say 2 to 1 and eight 1 to 2.
    expect(way.best).toBe(rig(0, () => 1).way.best);
  });

  test("one long interruption does not decide", () => {
    const { way, work } = rig(0, (which, call) => (call === 5 ? 1000 : which === 1 ? 0.85 : 1));
    work(200);
    expect(way.best).toBe(1);
  });

  test("follows a change", () => {
    let faster: 0 | 1 = 1;
    const { way, work } = rig(0, (which) => (which === faster ? 0.8 : 1));
    work(100);
    expect(way.best).toBe(1);
    faster = 0;
    work(400);
    expect(way.best).toBe(0);
  });

  test("a clock that stands still says nothing", () => {
    const { way, work } = rig(1, () => 0);
    work(100);
    expect(way.best).toBe(1);
  });
});
