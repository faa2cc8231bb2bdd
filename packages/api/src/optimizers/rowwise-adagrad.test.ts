import { describe, expect, test } from "vitest";
import { slotNames, slotShape } from "../backend/rule.ts";
import { getOptimizer } from "./get-optimizer.ts";
import { RowwiseAdagrad } from "./rowwise-adagrad.ts";

describe("row-wise Adagrad", () => {
  test("has Keras' Adagrad defaults", () => {
    const { learningRate, initialAccumulatorValue, epsilon, name } = new RowwiseAdagrad();
    expect({ learningRate, initialAccumulatorValue, epsilon, name }).toEqual({
      learningRate: 0.001,
      initialAccumulatorValue: 0.1,
      epsilon: 1e-7,
      name: "rowwise_adagrad",
    });
  });

  test("comes back from its name and its configuration", () => {
    const made = new RowwiseAdagrad({ learningRate: 0.5, initialAccumulatorValue: 0.2, weightDecay: 0.01, name: "mine" });
    const again = getOptimizer({ className: "RowwiseAdagrad", config: made.getConfig() });
    expect(again).toBeInstanceOf(RowwiseAdagrad);
    expect(again.getConfig()).toEqual(made.getConfig());
    for (const name of ["rowwiseAdagrad", "rowwise_adagrad", "RowwiseAdagrad"]) expect(getOptimizer(name)).toBeInstanceOf(RowwiseAdagrad);
  });

  test.each([
    [
      [1000, 64],
      [1000, 1],
    ],
    [[7], [7]],
    [
      [3, 4, 5],
      [3, 1, 1],
    ],
    [[], []],
  ])("keeps one number a row: parameters of %j, state of %j", (shape, expected) => {
    const rule = new RowwiseAdagrad().rule(1, 0.1, 0);
    expect(slotNames(rule)).toEqual(["accumulator"]);
    expect(slotShape(rule, shape)).toEqual(expected);
  });

  test("other rules keep the parameter's shape", () => {
    expect(slotShape(getOptimizer("adam").rule(1, 0.1, 0), [1000, 64])).toEqual([1000, 64]);
  });
});
