import { NDArray, Tensor, getActivation, getLoss } from "@rowan/api";
import type { LossIdentifier, Shape, Variable } from "@rowan/api";
import { test } from "vitest";
import { createRandom } from "../suite/random.ts";
import { checkGradient } from "./check-gradient.ts";

const random = createRandom("losses");

interface LossCase {
  readonly loss: LossIdentifier;
  readonly targets: readonly number[];
  readonly targetShape: Shape;
  readonly shape: Shape;
  readonly low: number;
  readonly high: number;
}

const zerosAndOnes = [0, 1, 1, 0, 1, 0];

const cases: Readonly<Record<string, LossCase>> = {
  mse: { loss: "mse", targets: [0, 1, 2, -1, 0.5, 3], targetShape: [3, 2], shape: [3, 2], low: -2, high: 2 },
  "mae, between its kinks": { loss: "mae", targets: [3, 4, 5, -3, -4, -5], targetShape: [3, 2], shape: [3, 2], low: -2, high: 2 },
  "binary crossentropy": { loss: "binaryCrossentropy", targets: zerosAndOnes, targetShape: [6, 1], shape: [6, 1], low: 0.05, high: 0.95 },
  "binary crossentropy of logits": {
    loss: { className: "BinaryCrossentropy", config: { fromLogits: true } },
    targets: zerosAndOnes,
    targetShape: [6, 1],
    shape: [6, 1],
    low: -3,
    high: 3,
  },
  "categorical crossentropy": {
    loss: "categoricalCrossentropy",
    targets: zerosAndOnes,
    targetShape: [2, 3],
    shape: [2, 3],
    low: 0.1,
    high: 0.9,
  },
  "categorical crossentropy of logits": {
    loss: { className: "CategoricalCrossentropy", config: { fromLogits: true } },
    targets: [0, 1, 0, 0, 0, 1],
    targetShape: [2, 3],
    shape: [2, 3],
    low: -3,
    high: 3,
  },
  "sparse categorical crossentropy": {
    loss: "sparseCategoricalCrossentropy",
    targets: [2, 0],
    targetShape: [2, 1],
    shape: [2, 3],
    low: 0.1,
    high: 0.9,
  },
  "sparse categorical crossentropy of logits": {
    loss: { className: "SparseCategoricalCrossentropy", config: { fromLogits: true } },
    targets: [2, 0],
    targetShape: [2, 1],
    shape: [2, 3],
    low: -3,
    high: 3,
  },
};

function floatsOn(variable: Variable, values: readonly number[], shape: Shape): Tensor {
  return Tensor.fromHost(new NDArray(Float32Array.from(values), shape), variable.value.backend);
}

test.each(Object.entries(cases))("%s", (_name, { loss, targets, targetShape, shape, low, high }) => {
  const size = shape.reduce((product, extent) => product * extent, 1);
  checkGradient(
    ([prediction]) => {
      const variable = prediction as Variable;
      return getLoss(loss).compute(floatsOn(variable, targets, targetShape), variable.value);
    },
    [{ values: random.floats(size, low, high), shape }],
  );
});

test("mse with sample weights", () => {
  checkGradient(
    ([prediction]) => {
      const variable = prediction as Variable;
      const sampleWeight = floatsOn(variable, [1, 0, 2.5], [3]);
      return getLoss("mse").compute(floatsOn(variable, [0, 1, 2, 3, 4, 5], [3, 2]), variable.value, { sampleWeight });
    },
    [{ values: random.floats(6), shape: [3, 2] }],
  );
});

test.each(["sigmoid", "tanh", "relu", "softmax", "softplus", "gelu", "linear"])("activation %s", (name) => {
  checkGradient(([x]) => getActivation(name)((x as Variable).value), [{ values: [-2.1, -0.7, -0.2, 0.3, 1.1, 2.6], shape: [2, 3] }]);
});
