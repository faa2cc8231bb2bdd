/** Against the limits and moments of Keras' initializers: packages/conformance/fixtures/numbers/initializers.json. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Shape } from "../tensor/shape.ts";
import type { Serialized } from "../serialized.ts";
import { computeFans, getInitializer } from "./index.ts";

interface Case {
  readonly name: string;
  readonly initializer: Serialized;
  readonly shape: Shape;
  readonly fanIn?: number;
  readonly fanOut?: number;
  readonly low?: number;
  readonly high?: number;
  readonly mean: number;
  readonly standardDeviation: number;
}

const file = new URL("../../../conformance/fixtures/numbers/initializers.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { readonly cases: readonly Case[] };

/** Values go on beyond the end of a small variable: the moments need many of one distribution. */
const n = 50_000;

describe("initializers have the distributions of Keras'", () => {
  it.each(cases)("$name", ({ initializer: { className, config }, shape, fanIn, fanOut, low, high, mean, standardDeviation }) => {
    const initializer = getInitializer({ className, config });
    const values = new Float32Array(n);
    initializer.fill(values, 0, shape, 7);

    if (fanIn !== undefined) expect(computeFans(shape)).toEqual({ fanIn, fanOut });
    // Five standard errors of a mean; those of a deviation are smaller.
    const tolerance = (5 * standardDeviation) / Math.sqrt(n);
    const average = values.reduce((sum, x) => sum + x, 0) / n;
    const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - average) ** 2, 0) / n);
    expect(Math.abs(average - mean)).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(deviation - standardDeviation)).toBeLessThanOrEqual(tolerance);

    if (low === undefined || high === undefined) return;
    // Limits are float32; of 50,000 values one comes within a thousandth of the range of either end.
    const rounding = 1e-6 * Math.max(Math.abs(low), Math.abs(high));
    const [smallest, largest] = [Math.min(...values), Math.max(...values)];
    expect(smallest).toBeGreaterThanOrEqual(low - rounding);
    expect(largest).toBeLessThanOrEqual(high + rounding);
    expect(smallest - low).toBeLessThan((high - low) / 1000);
    expect(high - largest).toBeLessThan((high - low) / 1000);
  });
});
