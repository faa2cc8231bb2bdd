import { describe, expect, test } from "vitest";
import { StepMoments, windowOf } from "./step-moments.ts";

const [a, b] = [0.9, 0.999];

/** Sizes of the steps, from step 1 on. */
const sizes: Record<string, (step: number) => number> = {
  constant: () => 1e-3,
  cosine: (step) => 5e-3 * (1 + Math.cos(step / 300)),
  jumping: (step) => (step % 200 < 100 ? 1e-5 : 1e-2),
  "zero for a while": (step) => (step % 500 < 250 ? 0 : 1e-3),
  "zero always": () => 0,
};

interface Setting {
  readonly sizeOf: (step: number) => number;
  readonly decayOf?: (step: number) => number;
  readonly a?: number;
  readonly b?: number;
}

/** Sums over all skipped steps, term by term, each seen from the touch. */
function direct({ sizeOf, decayOf = () => 0, a: keep = a, b: shrink = b }: Setting, last: number, begin: number, end: number): number[] {
  const sums = [0, 0, 0, 0];
  let left = 1;
  for (let j = 1; j <= end; j++) {
    left *= 1 - decayOf(last + j);
    if (j <= begin) continue;
    const weight = (sizeOf(last + j) * keep ** j) / left;
    for (let p = 0; p < 4; p++) sums[p] = (sums[p] as number) + weight * shrink ** ((j * p) / 2);
  }
  return sums;
}

function made(setting: Setting, steps: number, readAt: readonly number[] = []): StepMoments {
  const moments = new StepMoments(setting.a ?? a, setting.b ?? b, 4);
  const scratch = new Float64Array(4);
  for (let step = 1; step <= steps; step++) {
    moments.push(setting.sizeOf(step), setting.decayOf?.(step) ?? 0);
    if (readAt.includes(step)) moments.read(step >> 1, scratch);
  }
  return moments;
}

function expectRelative(actual: ArrayLike<number>, expected: readonly number[], relative: number): void {
  expected.forEach((value, p) => {
    expect(Math.abs((actual[p] as number) - value)).toBeLessThanOrEqual(relative * Math.abs(value));
  });
}

const gaps = [1, 2, 3, 5, 10, 50, 134, 300, 371, 372, 373, 700, 1500];

describe.each(Object.entries(sizes))("step sizes: %s", (_name, sizeOf) => {
  test("moments are the direct sums, whatever the gap", () => {
    const moments = made({ sizeOf }, 1600);
    const out = new Float64Array(4);
    for (const gap of gaps) {
      moments.read(1600 - gap, out);
      // Float64 sums of a few hundred terms; the window leaves 1e-17 out, of steps that may weigh a thousand times more than others.
      expectRelative(out, direct({ sizeOf }, 1600 - gap, 0, gap), 1e-12);
    }
  });

  test("with weight decay", () => {
    const setting: Setting = { sizeOf, decayOf: (step) => 1e-3 * (1 + Math.sin(step)) };
    const moments = made(setting, 1600);
    const out = new Float64Array(4);
    for (const gap of gaps) {
      moments.read(1600 - gap, out);
      expectRelative(out, direct(setting, 1600 - gap, 0, gap), 1e-12);
      const left = Array.from({ length: gap }, (_, i) => 1 - (setting.decayOf?.(1600 - i) ?? 0)).reduce((x, y) => x * y, 1);
      expectRelative([moments.decayFactor(1600 - gap)], [left], 1e-12);
    }
  });

  test("of a part of the gap", () => {
    const moments = made({ sizeOf }, 1600);
    const out = new Float64Array(4);
    for (const [begin, end] of [
      [0, 1],
      [0, 7],
      [7, 14],
      [60, 120],
      [120, Infinity],
    ] as const) {
      for (const gap of gaps) {
        moments.readBetween(1600 - gap, begin, end, out);
        const expected = direct({ sizeOf }, 1600 - gap, begin, Math.min(gap, end));
        const whole = direct({ sizeOf }, 1600 - gap, begin, gap);
        // A difference of two sums: its rounding is that of the larger one, and what weighs 1e-12 of it counts as nothing.
        expected.forEach((value, p) => {
          expect(Math.abs((out[p] as number) - value)).toBeLessThanOrEqual(2e-12 * (whole[p] as number));
        });
      }
    }
  });

  test("parts add up to the whole", () => {
    const moments = made({ sizeOf }, 900);
    const [whole, part, sum] = [new Float64Array(4), new Float64Array(4), new Float64Array(4)];
    moments.read(100, whole);
    for (const [begin, end] of [
      [0, 3],
      [3, 40],
      [40, Infinity],
    ] as const) {
      moments.readBetween(100, begin, end, part);
      part.forEach((value, p) => (sum[p] = (sum[p] as number) + value));
    }
    expectRelative(sum, Array.from(whole), 1e-11);
  });
});

describe("time", () => {
  const setting: Setting = { sizeOf: (step) => 1e-3 * (2 + Math.sin(step)) };

  test("reading in between changes nothing", () => {
    const often = made(setting, 1000, [1, 2, 50, 371, 372, 373, 500, 999]);
    const once = made(setting, 1000);
    const [x, y] = [new Float64Array(4), new Float64Array(4)];
    for (let last = 0; last <= 1000; last++) {
      often.read(last, x);
      once.read(last, y);
      // An entry that was final one window ago lacks 1e-17 of itself.
      expectRelative(x, Array.from(y), 1e-15);
    }
  });

  test("100,000 steps", () => {
    const moments = made(setting, 100_000, [30_000, 60_000]);
    const out = new Float64Array(4);
    for (const gap of [1, 100, 1500, 50_000, 100_000]) {
      moments.read(100_000 - gap, out);
      expectRelative(out, direct(setting, 100_000 - gap, 0, Math.min(gap, 2000)), 1e-12);
    }
    expect(moments.decayFactor(0)).toBe(1);
  });

  test("no steps after the touch, no change", () => {
    const out = new Float64Array(4).fill(5);
    const moments = made(setting, 10);
    moments.read(10, out);
    expect(Array.from(out)).toEqual([0, 0, 0, 0]);
    moments.readBetween(10, 2, 5, out);
    expect(Array.from(out)).toEqual([0, 0, 0, 0]);
  });

  test("starts again at 0 after clear", () => {
    const moments = made(setting, 700, [650]);
    moments.clear();
    expect(moments.steps).toBe(0);
    const out = new Float64Array(4).fill(5);
    moments.read(0, out);
    expect(Array.from(out)).toEqual([0, 0, 0, 0]);
    for (let step = 1; step <= 30; step++) moments.push(setting.sizeOf(step), 0.01);
    moments.read(5, out);
    expectRelative(out, direct({ ...setting, decayOf: () => 0.01 }, 5, 0, 25), 1e-13);
    expect(moments.decayFactor(5)).toBeCloseTo(0.99 ** 25, 14);
  });

  test.each([0, 0.5, 0.95, 0.99])("a momentum of %f", (momentum) => {
    const moments = made({ ...setting, a: momentum }, 3000);
    const out = new Float64Array(4);
    for (const gap of [1, 40, 3000]) {
      moments.read(3000 - gap, out);
      expectRelative(out, direct({ ...setting, a: momentum }, 3000 - gap, 0, gap), 1e-12);
    }
  });

  test.each([0, 0.5, 0.9, 0.99, 0.999])("what lies behind the window of %f weighs nothing", (momentum) => {
    expect(momentum ** windowOf(momentum)).toBeLessThanOrEqual(1.000001e-17);
  });
});
