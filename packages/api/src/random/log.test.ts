import { describe, expect, it } from "vitest";
import { portableLog } from "./log.ts";

describe("portableLog", () => {
  it("is exact at 1 and right to the last bits elsewhere", () => {
    expect(portableLog(1)).toBe(0);
    // Two units in the last place of float64, for both functions together.
    const tolerance = 4.5e-16;
    for (let i = 1; i < 20000; i++) {
      const x = i % 2 === 0 ? i / 4096 : 2 ** -(i % 60) * (1 + i / 20000);
      const expected = Math.log(x);
      expect(Math.abs(portableLog(x) - expected)).toBeLessThanOrEqual(tolerance * Math.abs(expected));
    }
  });

  it("keeps its precision close to 1", () => {
    expect(portableLog(1 + 2 ** -40)).toBeCloseTo(2 ** -40 - 2 ** -81, 24);
    expect(portableLog(1 - 2 ** -40)).toBeCloseTo(-(2 ** -40) - 2 ** -81, 24);
  });
});
