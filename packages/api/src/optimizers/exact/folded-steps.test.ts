import { describe, expect, test } from "vitest";
import type { AdamRule, UpdateRule } from "../../backend/rule.ts";
import { adamStepSize } from "../adam.ts";
import { FoldedSteps, canFold, leadColumns } from "./folded-steps.ts";

interface Betas {
  readonly beta1: number;
  readonly beta2: number;
}

const rates: Record<string, (step: number) => number> = {
  constant: () => 1e-3,
  cosine: (step) => 5e-3 * (1 + Math.cos((Math.PI * Math.min(step, 4000)) / 4000)),
  jumping: (step) => (step % 300 < 150 ? 1e-4 : 1e-2),
  "jumping to zero": (step) => (step % 300 < 150 ? 0 : 1e-3),
};

function ruleOf({ beta1, beta2 }: Betas, step: number, rate: number, weightDecay: number, epsilon = 1e-7): AdamRule {
  const stepSize = adamStepSize(step, rate, beta1, beta2);
  return { kind: "adam", decay: weightDecay * rate, stepSize, beta1, beta2, epsilon, amsgrad: false };
}

/** sqrt(v) from 1e-9 to 1. */
const roots = Array.from({ length: 19 }, (_, i) => 10 ** (i / 2 - 9));
const gaps = [1, 2, 3, 5, 10, 20, 50, 134, 300, 700, 1500];

/**
 * The largest error of the folded weight against dense steps in float64, relative to how far the weight has moved, over all roots
 * and gaps. The factors are float32, as the kernels get them. A rate of less than a hundredth of the largest counts as a hundredth:
 * after a while without steps, what is left to move is many orders of magnitude below any weight.
 */
function worstError(betas: Betas, rateOf: (step: number) => number, start: number, weightDecay = 0, epsilon = 1e-7): number {
  const times = Array.from({ length: 1500 }, (_, j) => start + j + 1);
  const rules = times.map((step) => ruleOf(betas, step, rateOf(step), weightDecay, epsilon));
  const leastRate = Math.max(...times.map(rateOf)) / 100;
  const leastSizes = times.map((step) => adamStepSize(step, Math.max(leastRate, rateOf(step)), betas.beta1, betas.beta2));
  const folded = new FoldedSteps(rules[0] as AdamRule);
  const w0 = weightDecay === 0 ? 0 : 0.05;
  const dense = roots.map((s) => ({ w: w0, m: s, v: s * s, moved: 0 }));
  const [keep1, keep2] = [Math.fround(1 - betas.beta1), Math.fround(1 - betas.beta2)];
  let worst = 0;
  rules.forEach((rule, j) => {
    folded.push(rule);
    for (const element of dense) {
      element.m -= element.m * keep1;
      element.v -= element.v * keep2;
      const direction = element.m / (Math.sqrt(element.v) + epsilon);
      element.w = element.w - element.w * rule.decay - direction * rule.stepSize;
      element.moved += direction * (leastSizes[j] as number);
    }
    if (!gaps.includes(j + 1)) return;
    const factors = new Float32Array(folded.columns);
    folded.write(0, factors, 0);
    dense.forEach((element, i) => {
      const s = roots[i] as number;
      let sum = 0;
      for (let at = leadColumns; at < factors.length; at += 2) sum += (factors[at] as number) / ((factors[at + 1] as number) * s + epsilon);
      const w = (factors[0] as number) * (w0 - s * sum);
      // D is float32, 1 without decay: that is a rounding of the weight, not of its movement.
      const error = Math.max(0, Math.abs(w - element.w) - (weightDecay === 0 ? 0 : 6e-8 * Math.abs(element.w)));
      worst = Math.max(worst, error / element.moved);
    });
  });
  return worst;
}

const grid = [0.5, 0.9, 0.95, 0.99, 0.999].flatMap((beta1) => [0.9, 0.99, 0.999, 0.9999].map((beta2): Betas => ({ beta1, beta2 })));
const foldable = grid.filter((betas) => canFold(ruleOf(betas, 1, 1e-3, 0)));

/** The bound of the quadrature, and float32 factors: C and R are rounded, each by up to 6e-8. */
const bound = 1e-6 + 1.2e-7;

describe("which betas fold", () => {
  test("the usual ones do, and those whose denominator changes fast beside the momentum do not", () => {
    expect(foldable.map(({ beta1, beta2 }) => `${beta1}/${beta2}`)).toEqual([
      "0.5/0.9",
      "0.5/0.99",
      "0.5/0.999",
      "0.5/0.9999",
      "0.9/0.99",
      "0.9/0.999",
      "0.9/0.9999",
      "0.95/0.99",
      "0.95/0.999",
      "0.95/0.9999",
      "0.99/0.999",
      "0.99/0.9999",
      "0.999/0.9999",
    ]);
  });

  test("Keras' defaults need two nodes", () => {
    expect(new FoldedSteps(ruleOf({ beta1: 0.9, beta2: 0.999 }, 1, 1e-3, 0)).columns).toBe(leadColumns + 4);
  });

  test("no momentum needs none, and one that never fades has no form", () => {
    expect(new FoldedSteps(ruleOf({ beta1: 0, beta2: 0.9 }, 1, 1e-3, 0)).columns).toBe(leadColumns);
    expect(canFold(ruleOf({ beta1: 1, beta2: 0.999 }, 1, 1e-3, 0))).toBe(false);
    expect(canFold({ kind: "sgd", decay: 0, learningRate: 0.1, momentum: 1, nesterov: false })).toBe(false);
    expect(canFold(ruleOf({ beta1: 0.9, beta2: 0 }, 1, 1e-3, 0))).toBe(false);
    expect(canFold(ruleOf({ beta1: 0.9, beta2: 1 }, 1, 1e-3, 0))).toBe(true);
  });
});

describe.each(foldable)("beta1 $beta1, beta2 $beta2, against float64 dense steps", (betas) => {
  test.each(Object.entries(rates))("a learning rate that is %s", (_name, rateOf) => {
    for (const start of [0, 1000]) expect(worstError(betas, rateOf, start)).toBeLessThan(bound);
  });

  test("weight decay", () => {
    expect(worstError(betas, () => 1e-3, 30, 0.004)).toBeLessThan(bound);
    expect(worstError(betas, rates["cosine"] as (step: number) => number, 30, 0.01)).toBeLessThan(bound);
  });

  test.each([1e-3, 1e-8, 1e-12])("an epsilon of %f", (epsilon) => {
    expect(worstError(betas, () => 1e-3, 30, 0, epsilon)).toBeLessThan(bound);
  });
});

describe("what decays", () => {
  const adam = ruleOf({ beta1: 0.9, beta2: 0.999 }, 1, 1e-3, 0);
  const factorsAfter = (rule: UpdateRule, steps: number, last = 0): Float32Array => {
    const folded = new FoldedSteps(rule);
    for (let step = 0; step < steps; step++) folded.push(rule);
    const factors = new Float32Array(folded.columns);
    folded.write(last, factors, 0);
    return factors;
  };

  test("moments by float32's own decays", () => {
    const [, keepMoment, keepVelocity] = factorsAfter(adam, 40, 10);
    expect(keepMoment).toBe(Math.fround((1 - Math.fround(1 - 0.9)) ** 30));
    expect(keepVelocity).toBe(Math.fround((1 - Math.fround(1 - 0.999)) ** 30));
  });

  test("never to a factor of 0, which makes a NaN of an infinite second moment", () => {
    const [, , keepVelocity] = factorsAfter({ ...adam, beta2: 0.99 }, 100_000);
    expect(keepVelocity).toBeGreaterThan(0);
  });

  test("momentum of SGD moves by what is left of a geometric series", () => {
    const [, , , moved = 0, place] = factorsAfter({ kind: "sgd", decay: 0, learningRate: 0.1, momentum: 0.5, nesterov: false }, 3);
    expect([moved, place]).toEqual([-(0.5 + 0.25 + 0.125), 1]);
    const [, , , ahead = 0] = factorsAfter({ kind: "sgd", decay: 0, learningRate: 0.1, momentum: 0.5, nesterov: true }, 3);
    expect(ahead).toBe(-0.5 * (0.5 + 0.25 + 0.125));
  });

  test("a row that nothing has passed stays", () => {
    const factors = factorsAfter(adam, 7, 7);
    expect(Array.from(factors.subarray(0, leadColumns))).toEqual([1, 1, 1]);
    expect([factors[3], factors[5]]).toEqual([0, 0]);
  });

  test("a decay that outruns the momentum asks for a sweep", () => {
    const folded = new FoldedSteps(adam);
    folded.push({ ...adam, decay: 0.01 });
    expect([folded.isFull, folded.movesUntouched]).toEqual([false, true]);
    folded.push({ ...adam, decay: 0.2 });
    expect(folded.isFull).toBe(true);
  });
});
