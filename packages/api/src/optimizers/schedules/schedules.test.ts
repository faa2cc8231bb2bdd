import { describe, expect, it } from "vitest";
import { InvalidArgumentError, UnknownNameError } from "../../errors.ts";
import { serialize } from "../../serialized.ts";
import { getOptimizer } from "../get-optimizer.ts";
import {
  CosineDecay,
  CosineDecayRestarts,
  ExponentialDecay,
  InverseTimeDecay,
  PiecewiseConstantDecay,
  PolynomialDecay,
  getSchedule,
} from "./index.ts";

const initialLearningRate = 0.5;

describe("schedules", () => {
  it.each([
    ["ExponentialDecay", new ExponentialDecay({ initialLearningRate, decaySteps: 10, decayRate: 0.25 }), [0, 5, 20], [0.5, 0.25, 0.03125]],
    [
      "in stairs",
      new ExponentialDecay({ initialLearningRate, decaySteps: 10, decayRate: 0.5, staircase: true }),
      [9, 10, 19],
      [0.5, 0.25, 0.25],
    ],
    ["InverseTimeDecay", new InverseTimeDecay({ initialLearningRate, decaySteps: 4, decayRate: 1 }), [0, 4, 12], [0.5, 0.25, 0.125]],
    ["PiecewiseConstantDecay", new PiecewiseConstantDecay({ boundaries: [2, 4], values: [3, 2, 1] }), [0, 2, 3, 4, 5], [3, 3, 2, 2, 1]],
    [
      "PolynomialDecay",
      new PolynomialDecay({ initialLearningRate, decaySteps: 10, endLearningRate: 0.25 }),
      [0, 5, 10, 99],
      [0.5, 0.375, 0.25, 0.25],
    ],
    [
      "in cycles",
      new PolynomialDecay({ initialLearningRate, decaySteps: 10, endLearningRate: 0, cycle: true }),
      [10, 15, 20],
      [0, 0.125, 0],
    ],
    ["CosineDecay", new CosineDecay({ initialLearningRate, decaySteps: 10, alpha: 0.5 }), [0, 5, 10, 11], [0.5, 0.375, 0.25, 0.25]],
    [
      "with a warm-up",
      new CosineDecay({ initialLearningRate: 0, decaySteps: 10, warmupTarget: 1, warmupSteps: 4 }),
      [0, 1, 4, 9, 14],
      [0, 0.25, 1, 0.5, 0],
    ],
    [
      "CosineDecayRestarts",
      new CosineDecayRestarts({ initialLearningRate, firstDecaySteps: 8, tMul: 1, mMul: 0.5 }),
      [0, 4, 8, 16],
      [0.5, 0.25, 0.25, 0.125],
    ],
  ])("%s", (_name, schedule, steps, rates) => {
    steps.forEach((step, index) => {
      expect(schedule.call(step)).toBeCloseTo(rates[index] as number, 12);
      expect(getSchedule(serialize(schedule)).call(step)).toBe(schedule.call(step));
    });
  });

  it("are read from Keras' configuration, inside of an optimizer's", () => {
    const optimizer = getOptimizer({
      class_name: "Adam",
      config: {
        learning_rate: {
          class_name: "CosineDecay",
          config: { initial_learning_rate: 0, decay_steps: 5, warmup_target: 0.5, warmup_steps: 2 },
        },
      },
    });
    expect(optimizer.currentLearningRate).toBe(0);
    optimizer.iterations = 1;
    expect(optimizer.currentLearningRate).toBe(0.25);
  });

  it("refuse what they cannot mean", () => {
    expect(() => new ExponentialDecay({ initialLearningRate, decaySteps: 0, decayRate: 0.5 })).toThrow(InvalidArgumentError);
    expect(() => new CosineDecay({ initialLearningRate: NaN, decaySteps: 5 })).toThrow(
      "`initialLearningRate` must be a finite number. Received: initialLearningRate=NaN.",
    );
    expect(() => new PiecewiseConstantDecay({ boundaries: [1], values: [1] })).toThrow(InvalidArgumentError);
    expect(() => new PiecewiseConstantDecay({ boundaries: [2, 1], values: [1, 2, 3] })).toThrow("`boundaries` must rise.");
    expect(() => getSchedule({ className: "CosinDecay", config: {} })).toThrow(UnknownNameError);
  });
});
