import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../errors.ts";
import { Dense } from "../layers/index.ts";
import { Sequential } from "../models/index.ts";
import { Adam, ExponentialDecay } from "../optimizers/index.ts";
import type { LearningRateSchedule } from "../optimizers/index.ts";
import { LearningRateScheduler, ReduceLROnPlateau } from "./index.ts";
import type { Callback } from "./index.ts";

function compiled(learningRate: number | LearningRateSchedule): Sequential {
  const model = new Sequential([new Dense({ units: 1 })]);
  model.compile({ optimizer: new Adam({ learningRate }), loss: "mse" });
  return model;
}

/** The learning rate after each epoch in which a callback saw these losses. */
async function ratesOver(callback: Callback, learningRate: number, losses: readonly number[]): Promise<number[]> {
  callback.model = compiled(learningRate);
  await callback.onTrainBegin();
  const rates: number[] = [];
  for (const [epoch, loss] of losses.entries()) {
    await callback.onEpochBegin(epoch);
    await callback.onEpochEnd(epoch, { loss });
    rates.push(callback.model.optimizer.currentLearningRate);
  }
  return rates;
}

describe("LearningRateScheduler", () => {
  it("sets the rate of each epoch and notes it", async () => {
    const callback = new LearningRateScheduler((epoch, rate) => (epoch === 0 ? rate : rate / 2));
    expect(await ratesOver(callback, 1, [0, 0, 0])).toEqual([1, 0.5, 0.25]);
    const logs = { loss: 1 };
    callback.onEpochEnd(3, logs);
    expect(logs).toEqual({ loss: 1, learning_rate: 0.25 });
  });

  it("refuses a schedule that gives no rate, and an optimizer with a schedule", () => {
    const callback = new LearningRateScheduler({ schedule: () => NaN });
    callback.model = compiled(1);
    expect(() => {
      callback.onEpochBegin(0);
    }).toThrow(InvalidArgumentError);
    callback.model = compiled(new ExponentialDecay({ initialLearningRate: 1, decaySteps: 1, decayRate: 1 }));
    expect(() => {
      callback.onEpochBegin(0);
    }).toThrow("LearningRateScheduler needs an optimizer whose learning rate is a number.");
  });
});

describe("ReduceLROnPlateau", () => {
  it("reduces after `patience` epochs without better values, down to `minLr`", async () => {
    const callback = new ReduceLROnPlateau({ monitor: "loss", factor: 0.5, patience: 2, minLr: 0.25 });
    expect(await ratesOver(callback, 1, [5, 4, 4, 4, 4, 4, 4, 4])).toEqual([1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25]);
  });

  it("counts only changes above `minDelta` as better", async () => {
    const callback = new ReduceLROnPlateau({ monitor: "loss", factor: 0.5, patience: 1, minDelta: 0.5 });
    expect(await ratesOver(callback, 1, [5, 4.75, 4, 3])).toEqual([1, 0.5, 0.5, 0.5]);
  });

  it("waits for the cooldown, and sees larger as better where it is told so", async () => {
    const cooling = new ReduceLROnPlateau({ monitor: "loss", factor: 0.5, patience: 1, cooldown: 2 });
    expect(await ratesOver(cooling, 1, [4, 4, 4, 4, 4])).toEqual([1, 0.5, 0.5, 0.25, 0.25]);
    const rising = new ReduceLROnPlateau({ monitor: "loss", factor: 0.5, patience: 1, mode: "max" });
    expect(await ratesOver(rising, 1, [1, 2, 3, 2])).toEqual([1, 1, 1, 0.5]);
  });

  it("refuses a factor that reduces nothing, and a monitor without a known direction", () => {
    expect(() => new ReduceLROnPlateau({ factor: 1 })).toThrow(InvalidArgumentError);
    const callback = new ReduceLROnPlateau({ monitor: "score" });
    callback.model = compiled(1);
    expect(() => {
      callback.onEpochEnd(0, { score: 1 });
    }).toThrow('Pass mode: "max" or mode: "min".');
  });
});
