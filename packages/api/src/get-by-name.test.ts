import { describe, expect, it } from "vitest";
import { getActivation } from "./activations/index.ts";
import { MaxNorm, MinMaxNorm, getConstraint } from "./constraints/index.ts";
import { BinaryCrossentropy, getLoss } from "./losses/index.ts";
import { getMetric } from "./metrics/index.ts";
import { L1, L2, getRegularizer } from "./regularizers/index.ts";

describe("one thing under camelCase and snake_case", () => {
  it.each([
    ["binaryCrossentropy", "binary_crossentropy", "BinaryCrossentropy"],
    ["meanSquaredError", "mean_squared_error", "MeanSquaredError"],
    ["sparseCategoricalCrossentropy", "sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"],
  ])("loss %s", (camel, snake, className) => {
    expect([getLoss(camel).className, getLoss(snake).className, getLoss(className).className]).toEqual([className, className, className]);
    expect(getLoss({ className, config: getLoss(camel).getConfig() }).getConfig()).toEqual(getLoss(camel).getConfig());
  });

  it.each(["hardSigmoid", "hard_sigmoid", "HardSigmoid"])("activation %s", (name) => {
    expect(getActivation(name)).toBe(getActivation("hardSigmoid"));
  });

  it("metrics keep the name as it was written; accuracy goes by the shapes", () => {
    const accuracy = (targets: number[], predictions: number[]): string => getMetric("acc", targets, predictions).className;
    expect([accuracy([4], [4, 1]), accuracy([4], [4, 3]), accuracy([4, 1], [4, 3]), accuracy([4, 3], [4, 3])]).toEqual([
      "BinaryAccuracy",
      "SparseCategoricalAccuracy",
      "SparseCategoricalAccuracy",
      "CategoricalAccuracy",
    ]);
    expect(getMetric("mean_absolute_error", [4], [4]).name).toBe("mean_absolute_error");
  });

  it("constraints and regularizers", () => {
    expect(getConstraint("max_norm")?.getConfig()).toEqual({ maxValue: 2, axis: 0 });
    expect(getRegularizer("l2")?.getConfig()).toEqual({ l2: 0.01 });
    expect(getRegularizer("l1_l2")?.getConfig()).toEqual({ l1: 0.01, l2: 0.01 });
    expect([getConstraint(null), getRegularizer(undefined)]).toEqual([null, null]);
  });
});

it("takes a bare number where there is one thing that it can mean", () => {
  expect([new L1(0.5).l1, new L2(0.25).l2, new MaxNorm(3).maxValue]).toEqual([0.5, 0.25, 3]);
});

it.each<[string, () => unknown, RegExp]>([
  ["a loss", () => getLoss("msee"), /Did you mean "mse"\?/],
  ["a number for a loss", () => getLoss(1 as never), /A serialized loss must be .*Received: loss=1/],
  ["a metric", () => getMetric("accurracy", [1], [1]), /Did you mean "accuracy"\?/],
  ["an activation", () => getActivation("sigmoyd"), /Did you mean "sigmoid"\?/],
  ["a regularizer", () => getRegularizer("l3"), /`regularizer` must be one of l1, l2, l1l2\. Received: regularizer="l3"/],
  ["an infinite coefficient", () => new L2({ l2: Infinity }), /Received: l2=Infinity/],
  ["an axis", () => new MaxNorm({ axis: "1" as never }), /`axis` must be an integer.*axis="1"/],
  ["limits that cross", () => new MinMaxNorm({ minValue: 2, maxValue: 1 }), /Received: minValue=2, maxValue=1/],
  ["a smoothing", () => new BinaryCrossentropy({ labelSmoothing: "0.5" as never }), /labelSmoothing="0\.5"/],
])("refuses %s", (_name, make, message) => {
  expect(make).toThrow(message);
});

it("knows which constraints go row by row", () => {
  expect([0, 1, -1, [1], [0, 1]].map((axis) => new MaxNorm({ axis }).isRowwise)).toEqual([false, true, true, true, false]);
});
