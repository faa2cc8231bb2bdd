import { describe, expect, it } from "vitest";
import { normalQuantile } from "./normal-quantile.ts";

/** Quantiles to 17 digits, from arithmetic with 40 digits. */
const quantiles: readonly (readonly [p: number, z: number])[] = [
  [0.6, 0.2533471031357998],
  [0.3, -0.5244005127080408],
  [0.075, -1.439531470938456],
  [0.0750001, -1.4395307645017297],
  [0.025, -1.9599639845400542],
  [0.975, 1.9599639845400542],
  [0.02275013194817921, -2],
  [1e-5, -4.264890793922825],
  [1.1641532182693481e-10, -6.337957754553789],
  [1e-12, -7.034483825301132],
  [1e-20, -9.262340089798408],
];

describe("normalQuantile", () => {
  it.each(quantiles)("of %d is %d to 1e-15", (p, z) => {
    expect(Math.abs(normalQuantile(p) - z)).toBeLessThan(1e-15 * Math.abs(z));
  });

  it("is 0 at one half and odd around it", () => {
    expect(normalQuantile(0.5)).toBe(0);
    for (const p of [2 ** -33, 2 ** -20, 0.0625, 0.25, 0.375]) expect(normalQuantile(1 - p)).toBe(-normalQuantile(p));
  });

  it("rises, also across the seams of its three parts", () => {
    for (const seam of [0.075, 0.925, 1.3887943864964021e-11]) {
      const below = normalQuantile(seam * (1 - 1e-12));
      const above = normalQuantile(seam * (1 + 1e-12));
      expect(above).toBeGreaterThan(below);
      expect(above - below).toBeLessThan(1e-10);
    }
  });
});
