import { Constant, NDArray, Tensor, Variable, inferenceContext, scope, sizeOf } from "@rowan/api";
import type { Backend, Layer, Shape } from "@rowan/api";
import { expect } from "vitest";
import { expectGradients } from "../gradients/check-gradient.ts";
import { createNaiveBackend } from "../naive/create-naive-backend.ts";
import { PreciseBackend } from "../naive/precise-backend.ts";
import { createRandom } from "../suite/random.ts";
import { exact, expectClose } from "../suite/tolerance.ts";

/** What a layer shall do. Shapes have a batch axis first. */
export interface LayerExpectation {
  readonly inputShape: Shape;
  readonly expectedOutputShape: Shape;
  /** The number of weights that training changes; 0 when left out. */
  readonly expectedTrainableWeights?: number;
  /** The number of weights that it leaves alone; 0 when left out. */
  readonly expectedNonTrainableWeights?: number;
  /** Whether masks of the input pass through; false when left out. */
  readonly expectedSupportsMasking?: boolean;
  /** The layer looks ids up: its input has whole numbers from 0 to `ids - 1`. */
  readonly ids?: number;
  /** Gradients are compared with finite differences; false for a layer whose output has kinks everywhere. */
  readonly checkGradients?: boolean;
}

/** A class of layers as `new` takes it. */
export type LayerClass<Options> = new (options: Options) => Layer;

/**
 * What every layer must do: build, call, tell its shapes, be made again from its configuration and its weights, give all memory
 * back, and have gradients that agree with finite differences.
 *
 * @param layerClass - The class.
 * @param options - The constructor's options.
 * @param expectation - What to expect.
 */
export async function runLayerTest<Options>(
  layerClass: LayerClass<Options>,
  options: Options,
  expectation: LayerExpectation,
): Promise<void> {
  const backend = await createNaiveBackend();
  const layer = new layerClass(options);
  const output = await outputOf(layer, backend, expectation);
  checkShapes(layer, output, expectation);
  checkWeights(layer, expectation);

  const config = layer.getConfig();
  const twin = new layerClass(JSON.parse(JSON.stringify(config)) as Options);
  expect(twin.getConfig(), "configuration of the layer that was made from the configuration").toEqual(config);
  const again = await outputOf(twin, backend, expectation, await layer.getWeights());
  expectClose(again.data, output.data, exact, "output of the layer with the same configuration and weights");

  layer.dispose();
  twin.dispose();
  expect(backend.memory(), "live buffers after dispose").toEqual({ buffers: 0, bytes: 0 });
  if (expectation.checkGradients ?? true) checkGradients(new layerClass(options), expectation);
}

/** The output for fixed input; but for the weights, nothing stays in memory. */
async function outputOf(layer: Layer, backend: Backend, expectation: LayerExpectation, weights?: readonly NDArray[]): Promise<NDArray> {
  layer.ensureBuilt([null, ...expectation.inputShape.slice(1)]);
  if (weights) await layer.setWeights(weights);
  layer.materialize(backend);
  const before = backend.memory();
  const result = scope(() => layer.apply(Tensor.fromHost(inputOf(expectation), backend), inferenceContext).output);
  const output = await result.read();
  result.dispose();
  expect(backend.memory(), "live buffers after a call").toEqual(before);
  return output;
}

function checkShapes(
  layer: Layer,
  output: NDArray,
  { inputShape, expectedOutputShape, expectedSupportsMasking = false }: LayerExpectation,
): void {
  expect(output.shape, "shape of the output").toEqual(expectedOutputShape);
  expect(layer.computeOutputShape(inputShape), "computeOutputShape").toEqual(expectedOutputShape);
  const open = layer.computeOutputShape([null, ...inputShape.slice(1)]);
  expect(open, "computeOutputShape of a batch of unknown size").toEqual([null, ...expectedOutputShape.slice(1)]);
  expect(layer.supportsMasking, "supportsMasking").toBe(expectedSupportsMasking);
}

function checkWeights(layer: Layer, expectation: LayerExpectation): void {
  expect(layer.trainableVariables.length, "trainable weights").toBe(expectation.expectedTrainableWeights ?? 0);
  expect(layer.nonTrainableVariables.length, "weights that are not trained").toBe(expectation.expectedNonTrainableWeights ?? 0);
  const scalars = layer.variables.reduce((total, variable) => total + sizeOf(variable.shape), 0);
  expect(layer.countParams(), "countParams").toBe(scalars);
  const paths = layer.variables.map((variable) => variable.path);
  expect(new Set(paths).size, "different paths of weights").toBe(paths.length);
  layer.trainable = false;
  expect(layer.trainableVariables, "trainable weights of a frozen layer").toEqual([]);
  layer.trainable = true;
}

/** By the weights, and by the input where it is not ids; with float64 in the place of float32. */
function checkGradients(layer: Layer, expectation: LayerExpectation): void {
  const backend = new PreciseBackend();
  const host = inputOf(expectation);
  layer.ensureBuilt([null, ...expectation.inputShape.slice(1)]);
  layer.materialize(backend);
  const input = new Variable({ name: "input", shape: host.shape, initializer: new Constant({ value: 0 }) });
  const isIds = expectation.ids !== undefined;
  if (!isIds) input.assign(host);
  input.materialize(backend);
  const variables = [...layer.trainableVariables, ...(isIds ? [] : [input])];
  expectGradients(backend, variables, () => layer.apply(isIds ? Tensor.fromHost(host, backend) : input.value, inferenceContext).output);
  layer.dispose();
  input.dispose();
  expect(backend.memory().buffers, "live buffers after gradients").toBe(0);
}

/** The same numbers in every call. */
function inputOf({ inputShape, ids }: LayerExpectation): NDArray {
  const random = createRandom("layer");
  const size = sizeOf(inputShape);
  if (ids !== undefined) return new NDArray(random.ids(size, ids), inputShape);
  return new NDArray(random.floats(size, -1, 1), inputShape);
}
