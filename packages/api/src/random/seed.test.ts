import { afterEach, describe, expect, it, vi } from "vitest";
import { InvalidArgumentError } from "../errors.ts";
import { nextSeed, setRandomSeed } from "./seed.ts";

const take = (count: number): number[] => Array.from({ length: count }, () => nextSeed());

// The first two tests need a module in which no sequence was started: they come before every `setRandomSeed`.
describe("nextSeed before setRandomSeed", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("asks the runtime for randomness", () => {
    const seeds = take(50);
    expect(new Set(seeds).size).toBe(50);
    expect(seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0)).toBe(true);
    expect(Math.max(...seeds)).toBeGreaterThan(2 ** 48);
  });

  it("needs nothing of the platform", () => {
    vi.stubGlobal("crypto", undefined);
    expect(Number.isSafeInteger(nextSeed())).toBe(true);
  });
});

describe("setRandomSeed", () => {
  it("starts the same sequence again at each call", () => {
    setRandomSeed(7);
    const first = take(20);
    expect(new Set(first).size).toBe(20);
    expect(first.every((seed) => Number.isSafeInteger(seed) && seed >= 0)).toBe(true);
    setRandomSeed(7);
    expect(take(20)).toEqual(first);
    setRandomSeed(8);
    expect(take(20)).not.toEqual(first);
  });

  it("takes the smallest and the largest seed", () => {
    setRandomSeed(0);
    const [a] = take(1);
    setRandomSeed(2 ** 53 - 1);
    expect(take(1)[0]).not.toBe(a);
  });

  it.each([-1, 1.5, Number.NaN, Infinity, 2 ** 53, "3", null])("names a seed that is none: %s", (seed) => {
    expect(() => setRandomSeed(seed as number)).toThrow(InvalidArgumentError);
    expect(() => setRandomSeed(seed as number)).toThrow("`seed` must be an integer from 0 to 2^53 - 1. Received: seed=");
  });
});
