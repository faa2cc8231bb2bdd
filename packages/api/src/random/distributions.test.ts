import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../errors.ts";
import { fillDropoutMask } from "./dropout-mask.ts";
import { fillNormal, fillTruncatedNormal } from "./normal.ts";
import type { RandomStream } from "./stream.ts";
import { fillUniform } from "./uniform.ts";

const n = 200_000;
const stream: RandomStream = { seed: 2024, purpose: "initializer" };

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

function variance(values: ArrayLike<number>): number {
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += ((values[i] as number) - centre) ** 2;
  return sum / values.length;
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [centreA, centreB] = [mean(a), mean(b)];
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - centreA) * ((b[i] as number) - centreB);
  return sum / a.length / Math.sqrt(variance(a) * variance(b));
}

/** The Kolmogorov-Smirnov distance between values and a distribution function. */
function distance(values: Float32Array, cumulative: (x: number) => number): number {
  let largest = 0;
  Float32Array.from(values)
    .sort()
    .forEach((x, i) => {
      const expected = cumulative(x);
      largest = Math.max(largest, expected - i / values.length, (i + 1) / values.length - expected);
    });
  return largest;
}

/** P(Z < x) by the trapezoidal rule: slow, and independent of the quantile under test. */
function normalCumulative(x: number): number {
  const steps = 400;
  const height = (t: number): number => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let sum = (height(0) + height(x)) / 2;
  for (let i = 1; i < steps; i++) sum += height((x * i) / steps);
  return 0.5 + (sum * x) / steps;
}

/** The distance that a true sample exceeds once in a million: sqrt(log(2e6) / 2) / sqrt(n). */
const onceInAMillion = (length: number): number => 2.69 / Math.sqrt(length);
/** Five standard errors. */
const fiveErrors = (deviation: number, length: number): number => (5 * deviation) / Math.sqrt(length);

describe("fillUniform", () => {
  const values = new Float32Array(n);
  fillUniform(values, 0, stream, -1, 3);

  it("has the mean, variance and shape of its distribution", () => {
    expect(Math.abs(mean(values) - 1)).toBeLessThan(fiveErrors(Math.sqrt(16 / 12), n));
    expect(Math.abs(variance(values) - 16 / 12)).toBeLessThan(fiveErrors(Math.sqrt(256 / 180), n));
    expect(distance(values, (x) => (x + 1) / 4)).toBeLessThan(onceInAMillion(n));
  });

  it("takes every limit as it is, also 0", () => {
    const out = new Float32Array(10_000);
    fillUniform(out, 0, stream, 0, 1);
    expect(Math.min(...out)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...out)).toBeLessThan(1);
    fillUniform(out, 0, stream, -1, 0);
    expect(Math.max(...out)).toBeLessThan(0);
    fillUniform(out, 0, stream, 2, 2);
    expect(new Set(out)).toEqual(new Set([2]));
  });

  it("never rounds up to maxval", () => {
    // Between 2^24 and 2^24 + 4 there are two float32 numbers; rounding to the nearest would reach the end.
    const out = new Float32Array(10_000);
    fillUniform(out, 0, stream, 16777216, 16777220);
    expect([...new Set(out)].sort()).toEqual([16777216, 16777218]);
  });

  it("names limits that make no range", () => {
    const out = new Float32Array(1);
    expect(() => fillUniform(out, 0, stream, 1, 0)).toThrow(InvalidArgumentError);
    expect(() => fillUniform(out, 0, stream, Number.NaN, 0)).toThrow("Received: minval=NaN");
    expect(() => fillUniform(out, 0, stream, 0, 1e39)).toThrow("maxval=1e+39");
  });
});

describe("fillNormal", () => {
  const values = new Float32Array(n);
  fillNormal(values, 0, stream, 0, 1);

  it("has the mean, variance and shape of its distribution", () => {
    expect(Math.abs(mean(values))).toBeLessThan(fiveErrors(1, n));
    expect(Math.abs(variance(values) - 1)).toBeLessThan(fiveErrors(Math.sqrt(2), n));
    const sample = values.subarray(0, 20_000);
    expect(distance(sample, normalCumulative)).toBeLessThan(onceInAMillion(sample.length));
  });

  it("has tails on both sides", () => {
    // P(|Z| > 3) = 0.0026998; P(|Z| > 4) = 6.33e-5.
    const beyond = (limit: number): number => values.filter((x) => Math.abs(x) > limit).length;
    expect(Math.abs(beyond(3) - 540)).toBeLessThan(5 * Math.sqrt(540));
    expect(Math.abs(beyond(4) - 12.7)).toBeLessThan(5 * Math.sqrt(12.7));
    expect(Math.abs(values.filter((x) => x > 3).length - 270)).toBeLessThan(5 * Math.sqrt(270));
  });

  it("scales and moves", () => {
    const out = new Float32Array(100);
    fillNormal(out, 7, stream, 5, 0.5);
    expect(out[3]).toBeCloseTo(5 + 0.5 * (values[10] as number), 6);
  });

  it("names moments that make no distribution", () => {
    expect(() => fillNormal(new Float32Array(1), 0, stream, 0, -1)).toThrow(InvalidArgumentError);
    expect(() => fillTruncatedNormal(new Float32Array(1), 0, stream, Infinity, 1)).toThrow("Received: mean=Infinity");
  });
});

describe("fillTruncatedNormal", () => {
  const values = new Float32Array(n);
  fillTruncatedNormal(values, 0, stream, 0, 1);

  it("stays within two standard deviations and comes close to them", () => {
    const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expect(largest).toBeLessThanOrEqual(2);
    expect(largest).toBeGreaterThan(1.999);
  });

  it("has the mean, variance and shape of its distribution", () => {
    const deviation = 0.87962566103423978;
    expect(Math.abs(mean(values))).toBeLessThan(fiveErrors(deviation, n));
    expect(Math.abs(variance(values) - deviation ** 2)).toBeLessThan(fiveErrors(1, n));
    const sample = values.subarray(0, 20_000);
    expect(distance(sample, (x) => (normalCumulative(x) - 0.02275013194817921) / 0.9544997361036416)).toBeLessThan(
      onceInAMillion(sample.length),
    );
  });
});

describe("fillDropoutMask", () => {
  it.each([0.1, 0.5, 0.9])("drops a share of %d", (rate) => {
    const mask = new Uint8Array(n);
    fillDropoutMask(mask, 0, { ...stream, purpose: "dropout" }, rate);
    expect(Math.abs(mean(mask) - (1 - rate))).toBeLessThan(fiveErrors(Math.sqrt(rate * (1 - rate)), n));
    expect(new Set(mask)).toEqual(new Set([0, 1]));
  });

  it("keeps all at rate 0 and none at rate 1", () => {
    const mask = new Float32Array(1000);
    fillDropoutMask(mask, 0, stream, 0);
    expect(mask.every((x) => x === 1)).toBe(true);
    fillDropoutMask(mask, 0, stream, 1);
    expect(mask.every((x) => x === 0)).toBe(true);
  });

  it("names a rate that is out of range", () => {
    expect(() => fillDropoutMask(new Uint8Array(1), 0, stream, 1.5)).toThrow("Received: rate=1.5");
    expect(() => fillDropoutMask(new Uint8Array(1), 0, stream, Number.NaN)).toThrow(InvalidArgumentError);
  });
});

describe("neighbouring streams", () => {
  const uniform = (from: RandomStream, offset = 0): Float32Array => {
    const out = new Float32Array(n);
    fillUniform(out, offset, from, 0, 1);
    return out;
  };

  it.each<[string, RandomStream, number]>([
    ["the next seed", { ...stream, seed: 2025 }, 0],
    ["the next variable", { ...stream, variable: 1 }, 0],
    ["the next step", { ...stream, step: 1 }, 0],
    ["another purpose", { ...stream, purpose: "dropout" }, 0],
    ["the next element", stream, 1],
    ["the next block", stream, 4],
  ])("are not correlated: %s", (_, other, offset) => {
    expect(Math.abs(correlation(uniform(stream), uniform(other, offset)))).toBeLessThan(fiveErrors(1, n));
  });
});
