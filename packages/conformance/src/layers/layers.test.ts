import { Activation, Dense, Dropout, Embedding, Flatten, GlobalAveragePooling1D, Layer, ops, stopGradient } from "@rowan/api";
import type { PartialShape, Tensor } from "@rowan/api";
import { expect, test } from "vitest";
import { runLayerTest } from "./run-layer-test.ts";

test("Embedding", async () => {
  const expectation = { inputShape: [3, 4], expectedOutputShape: [3, 4, 5], expectedTrainableWeights: 1, ids: 7 };
  await runLayerTest(Embedding, { inputDim: 7, outputDim: 5 }, expectation);
  await runLayerTest(Embedding, { inputDim: 7, outputDim: 5, maskZero: true }, { ...expectation, expectedSupportsMasking: true });
  await runLayerTest(Embedding, { inputDim: 7, outputDim: 5, inputLength: 4, embeddingsRegularizer: "l2" }, expectation);
});

test.each(["linear", "tanh", "sigmoid", "softmax"])("Dense with %s", async (activation) => {
  const expectation = { inputShape: [3, 4], expectedOutputShape: [3, 5], expectedTrainableWeights: 2, expectedSupportsMasking: true };
  await runLayerTest(Dense, { units: 5, activation }, expectation);
});

test("Dense over the last of three axes, and without a bias", async () => {
  const expectation = { inputShape: [2, 3, 4], expectedOutputShape: [2, 3, 5], expectedSupportsMasking: true };
  await runLayerTest(Dense, { units: 5 }, { ...expectation, expectedTrainableWeights: 2 });
  await runLayerTest(Dense, { units: 5, useBias: false }, { ...expectation, expectedTrainableWeights: 1 });
});

test("Flatten", async () => {
  await runLayerTest(Flatten, {}, { inputShape: [2, 3, 4], expectedOutputShape: [2, 12] });
});

test("GlobalAveragePooling1D", async () => {
  await runLayerTest(GlobalAveragePooling1D, {}, { inputShape: [2, 3, 4], expectedOutputShape: [2, 4], expectedSupportsMasking: true });
  const kept = { inputShape: [2, 3, 4], expectedOutputShape: [2, 1, 4], expectedSupportsMasking: true };
  await runLayerTest(GlobalAveragePooling1D, { keepdims: true }, kept);
});

test("Dropout hands values on outside of training", async () => {
  await runLayerTest(Dropout, { rate: 0.5, seed: 1 }, { inputShape: [2, 3], expectedOutputShape: [2, 3], expectedSupportsMasking: true });
});

test("Activation", async () => {
  await runLayerTest(
    Activation,
    { activation: "tanh" },
    { inputShape: [2, 3], expectedOutputShape: [2, 3], expectedSupportsMasking: true },
  );
});

let written = 0;

/** Doubles, and can be made wrong in the ways that the test must notice. */
class Double extends Layer {
  readonly className = "Double";
  readonly fault: string;

  constructor(options: { readonly fault?: string; readonly name?: string }) {
    super(options);
    this.fault = options.fault ?? "none";
  }

  call(inputs: Tensor): Tensor {
    // Without a tape the same numbers come out, and no gradient comes back.
    return this.fault === "gradient" ? ops.multiply(stopGradient(inputs), 2) : ops.multiply(inputs, 2);
  }

  computeOutputShape(inputShape: PartialShape): PartialShape {
    return this.fault === "shape" ? inputShape.slice(1) : inputShape;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), fault: this.fault, ...(this.fault === "config" && { written: ++written }) };
  }
}

test("a layer of the user's own", async () => {
  await runLayerTest(Double, {}, { inputShape: [2, 3], expectedOutputShape: [2, 3] });
});

test.each([
  ["shape", /computeOutputShape/],
  ["config", /configuration/],
  ["gradient", /gradient by input/],
])("a fault in its %s is noticed", async (fault, message) => {
  await expect(runLayerTest(Double, { fault }, { inputShape: [2, 3], expectedOutputShape: [2, 3] })).rejects.toThrow(message);
});

test("a wrong expectation is noticed", async () => {
  await expect(runLayerTest(Double, {}, { inputShape: [2, 3], expectedOutputShape: [3, 2] })).rejects.toThrow(/shape of the output/);
  const weights = { inputShape: [2, 3], expectedOutputShape: [2, 3], expectedTrainableWeights: 1 };
  await expect(runLayerTest(Double, {}, weights)).rejects.toThrow(/trainable weights/);
});
