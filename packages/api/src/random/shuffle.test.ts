import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../errors.ts";
import { permutation } from "./shuffle.ts";

describe("permutation", () => {
  it.each([0, 1, 2, 7, 1024, 5000])("holds each of %d numbers once", (n) => {
    const order = permutation(n, { seed: 1, purpose: "shuffle" });
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
  });

  it("differs from step to step and repeats for the same step", () => {
    const first = permutation(100, { seed: 1, purpose: "shuffle", step: 0 });
    expect(permutation(100, { seed: 1, purpose: "shuffle", step: 0 })).toEqual(first);
    expect(permutation(100, { seed: 1, purpose: "shuffle", step: 1 })).not.toEqual(first);
  });

  it("gives every order of four equally often", () => {
    const counts = new Map<string, number>();
    const draws = 24_000;
    for (let step = 0; step < draws; step++) {
      const key = permutation(4, { seed: 3, purpose: "shuffle", step }).join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    let chiSquare = 0;
    for (const count of counts.values()) chiSquare += (count - 1000) ** 2 / 1000;
    // 23 degrees of freedom: a fair shuffle exceeds 70 once in a million.
    expect(chiSquare).toBeLessThan(70);
  });

  it("names a length that it cannot make", () => {
    expect(() => permutation(-1, { seed: 1, purpose: "shuffle" })).toThrow(InvalidArgumentError);
    expect(() => permutation(2.5, { seed: 1, purpose: "shuffle" })).toThrow("Received: n=2.5");
  });
});
