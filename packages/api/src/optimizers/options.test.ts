import { describe, expect, it } from "vitest";
import { serialize } from "../serialized.ts";
import { Adam, AdamW, RMSprop, SGD, getOptimizer } from "./index.ts";
import { ExponentialDecay } from "./schedules/index.ts";

describe("optimizers by name", () => {
  it.each([
    ["adam", "Adam", { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false, weightDecay: null }],
    ["AdamW", "AdamW", { learningRate: 0.001, weightDecay: 0.004 }],
    ["SGD", "SGD", { learningRate: 0.01, momentum: 0, nesterov: false }],
    ["rms_prop", "RMSprop", { learningRate: 0.001, rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false }],
    ["adagrad", "Adagrad", { learningRate: 0.001, initialAccumulatorValue: 0.1, epsilon: 1e-7 }],
  ])("%s has Keras' defaults and comes back from its configuration", (name, className, expected) => {
    const optimizer = getOptimizer(name);
    expect(optimizer.className).toBe(className);
    expect(optimizer.getConfig()).toMatchObject(expected);
    const again = getOptimizer({ className, config: JSON.parse(JSON.stringify(optimizer.getConfig())) as Record<string, unknown> });
    expect(again.getConfig()).toEqual(optimizer.getConfig());
  });

  it("reads what Keras wrote", () => {
    const optimizer = getOptimizer({ class_name: "Adam", config: { learning_rate: 0.01, beta_1: 0.8, global_clipnorm: 2 } });
    expect(optimizer.getConfig()).toMatchObject({ learningRate: 0.01, beta1: 0.8, globalClipnorm: 2 });
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [{ learningRate: NaN }, /`learningRate` must be a non-negative number.*Received: learningRate=NaN/],
    [{ learningRate: -1 }, /learningRate=-1/],
    [{ learningRate: true }, /learningRate=true/],
    [{ beta1: 1.5 }, /`beta1` must be a number from 0 to below 1/],
    [{ beta2: NaN }, /beta2=NaN/],
    [{ epsilon: -1 }, /`epsilon` must be a non-negative number/],
    [{ clipnorm: 0 }, /`clipnorm` must be a positive number\. Received: clipnorm=0/],
    [{ clipnorm: 1, clipvalue: 1 }, /Only one of .* can be set\. Received: clipnorm=1, clipvalue=1/],
    [{ weightDecay: -0.1 }, /`weightDecay`/],
    [{ amsgrad: "false" }, /`amsgrad` must be true or false\. Received: amsgrad="false"/],
    [{ useEma: 1 }, /`useEma` must be true or false\. Received: useEma=1/],
    [{ name: 3 }, /`name` must be a non-empty string\. Received: name=3/],
    [{ sparseUpdate: "fast" }, /`sparseUpdate` must be one of exact, lazy, dense\. Received: sparseUpdate="fast"/],
  ])("refuse %j", (config, message) => {
    expect(() => getOptimizer({ className: "Adam", config })).toThrow(message);
  });
});

describe("what types would catch", () => {
  it("names a bare number and snake_case, and ignores neither", () => {
    expect(() => new Adam(0.1 as never)).toThrow(
      "An optimizer takes its options as one object. Received: 0.1. Write { learningRate: 0.1 }, not 0.1.",
    );
    expect(() => new AdamW(0.1 as never)).toThrow("An optimizer takes its options as one object.");
    expect(() => new Adam({ learning_rate: 0.1 } as never)).toThrow("Received: learning_rate=0.1. Write learningRate.");
    expect(() => new SGD({ nesterov: 1 as never })).toThrow("`nesterov` must be true or false. Received: nesterov=1.");
    expect(() => new RMSprop({ centered: "no" as never })).toThrow('`centered` must be true or false. Received: centered="no".');
    expect(() => new AdamW({ weightDecay: null })).toThrow("Received: weightDecay=null. Use Adam for none.");
    expect(() => new Adam({ beta1: 1 })).toThrow("`beta1` must be a number from 0 to below 1. Received: beta1=1.");
    expect(() => {
      new Adam().learningRate = NaN;
    }).toThrow("`learningRate` must be a non-negative number or a schedule with call(step). Received: learningRate=NaN.");
  });
});

it("a schedule comes back from a configuration", () => {
  const rate = new ExponentialDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5 });
  const again = getOptimizer(serialize(new Adam({ learningRate: rate })));
  again.iterations = 20;
  expect(again.currentLearningRate).toBeCloseTo(0.025, 9);
});
