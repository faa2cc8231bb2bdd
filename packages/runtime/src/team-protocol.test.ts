import { expect, it } from "vitest";
import { bringWork, createWords, failed, parts, takeParts, undone, viewWords } from "./team-protocol.ts";
import type { Kernel } from "./team-protocol.ts";

const calls = Array.from({ length: 64 }, (_, part) => [part, part * 2]);

/** No kernel throws where this is passed. */
const fault = (error: unknown): never => {
  throw error;
};

it("gives each part to one thread, the last ones to who called and the first ones to helpers", () => {
  const words = viewWords(createWords());
  const [own, helped]: [number[], number[]] = [[], []];
  const asHelper: Kernel = (part = 0, twice) => {
    expect(twice).toBe(part * 2);
    helped.push(part);
  };
  const asCaller: Kernel = (part = 0) => {
    own.push(part);
    // A helper comes in the midst of the fifth part, and does the rest.
    if (own.length === 5) takeParts(words, [asHelper], true, fault);
  };
  bringWork(words, 1, 0, calls);
  takeParts(words, [asCaller], false, fault);
  expect(own).toEqual([63, 62, 61, 60, 59]);
  expect(helped).toEqual(Array.from({ length: 59 }, (_, part) => part));
  expect(Atomics.load(words.state, undone)).toBe(0);
});

it("lets the calling thread do all where nobody helps, and a thread that comes late find nothing", () => {
  const words = viewWords(createWords());
  const seen: number[] = [];
  for (let work = 1; work < 300_000; work += 99_999) {
    bringWork(words, work, 0, calls.slice(0, 3));
    takeParts(words, [(part = 0) => seen.push(part)], false, fault);
    takeParts(words, [() => seen.push(-1)], true, fault);
  }
  expect(seen).toEqual([2, 1, 0, 2, 1, 0, 2, 1, 0, 2, 1, 0]);
});

it("takes nothing of the next work with what it saw of the last one", () => {
  const words = viewWords(createWords());
  bringWork(words, 1, 0, calls.slice(0, 2));
  const before = Atomics.load(words.state, parts);
  takeParts(words, [() => undefined], false, fault);
  bringWork(words, 2, 0, calls.slice(0, 2));
  expect(Atomics.compareExchange(words.state, parts, before, before + 1)).not.toBe(before);
});

it("counts a part as done whose kernel failed, and says so", () => {
  const words = viewWords(createWords());
  bringWork(words, 1, 0, calls);
  const error = new RangeError("a fault of the test");
  const broken: Kernel = (part) => {
    if (part === 7) throw error;
  };
  const told: unknown[] = [];
  takeParts(words, [broken], true, (one) => {
    expect(Atomics.load(words.state, failed)).toBe(0);
    told.push(one);
  });
  expect(told).toEqual([error]);
  expect(Atomics.load(words.state, undone)).toBe(0);
  expect(Atomics.load(words.state, failed)).toBe(1);
});
