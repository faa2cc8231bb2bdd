import { InvalidArgumentError, ShapeMismatchError, describeValue } from "../errors.ts";
import { createTypedArray } from "../tensor/dtype.ts";
import type { TypedArray } from "../tensor/dtype.ts";
import { integerArray } from "../tensor/ids.ts";
import { NDArray } from "../tensor/ndarray.ts";
import type { NestedArray } from "../tensor/ndarray.ts";
import { formatShape, sizeOf } from "../tensor/shape.ts";

/** Samples as a caller may pass them: the first axis counts samples. */
export type Samples = NDArray | NestedArray | TypedArray;

/** Samples with their targets on the host, checked. */
export interface Dataset {
  readonly x: NDArray;
  readonly y: NDArray;
  /** Float32, one weight a sample, or one a time step. */
  readonly sampleWeight?: NDArray;
}

/** What `fit` and `evaluate` take beside the inputs. */
export interface DatasetOptions {
  readonly sampleWeight?: Samples | undefined;
  /** A factor for the samples of each class; classes that are not named weigh 1. */
  readonly classWeight?: Readonly<Record<number, number>> | undefined;
}

/**
 * Checks and converts inputs.
 *
 * @param x - Inputs; ids stay integers.
 * @param inputDType - What the model's first layer takes.
 * @returns A host array with samples along its first axis.
 * @throws InvalidArgumentError when there are none.
 */
export function createInputs(x: Samples, inputDType: "float32" | "int32"): NDArray {
  const inputs = toArray("x", x, inputDType);
  if (inputs.shape[0] === 0) throw new InvalidArgumentError("`x` must hold at least one sample. Received: none.");
  return inputs;
}

/**
 * Checks and converts samples with their targets.
 *
 * @param x - Inputs; ids stay integers.
 * @param inputDType - What the model's first layer takes.
 * @param y - Targets, one for each input.
 * @param options - Weights.
 * @returns Host arrays.
 * @throws ShapeMismatchError when the numbers of samples differ; InvalidArgumentError when there are none.
 */
export function createDataset(x: Samples, inputDType: "float32" | "int32", y: Samples, options: DatasetOptions = {}): Dataset {
  const inputs = createInputs(x, inputDType);
  const count = inputs.shape[0] as number;
  const targets = toArray("y", y, "float32");
  const weight = options.sampleWeight === undefined ? undefined : toArray("sampleWeight", options.sampleWeight, "float32");
  for (const [name, array] of [
    ["y", targets],
    ["sampleWeight", weight],
  ] as const) {
    if (array && array.shape[0] !== count) {
      throw new ShapeMismatchError(
        `\`x\` and \`${name}\` must have the same number of samples. Received: x of shape ${formatShape(inputs.shape)}, ${name} of shape ${formatShape(array.shape)}.`,
      );
    }
  }
  const weights = options.classWeight ? withClassWeight(targets, options.classWeight, weight) : weight;
  return { x: inputs, y: targets, ...(weights && { sampleWeight: weights }) };
}

function toArray(name: string, values: Samples | null | undefined, dtype: "float32" | "int32"): NDArray {
  if (values === undefined || values === null)
    throw new InvalidArgumentError(`\`${name}\` must be given. Received: ${name}=${describeValue(values)}.`);
  const array =
    dtype === "int32"
      ? integerArray(values)
      : values instanceof NDArray && values.dtype === "float32"
        ? values
        : NDArray.from(values, "float32");
  if (array.rank === 0)
    throw new ShapeMismatchError(
      `\`${name}\` must have samples along its first axis. Received: a bare number. Wrap it: [${String(array.item())}].`,
    );
  return array;
}

function checkClassWeight(classWeight: unknown): void {
  if (typeof classWeight !== "object") {
    throw new InvalidArgumentError(
      `\`classWeight\` must be an object from class numbers to weights, { 0: 1, 1: 5 }. Received: classWeight=${describeValue(classWeight)}.`,
    );
  }
  for (const [label, weight] of Object.entries(classWeight as object) as [string, unknown][]) {
    if (typeof weight !== "number" || !(weight >= 0 && weight < Infinity)) {
      throw new InvalidArgumentError(
        `The weights of \`classWeight\` must be non-negative numbers. Received: classWeight[${label}]=${describeValue(weight)}.`,
      );
    }
  }
}

function withClassWeight(targets: NDArray, classWeight: Readonly<Record<number, number>>, sampleWeight: NDArray | undefined): NDArray {
  checkClassWeight(classWeight);
  const count = targets.shape[0] as number;
  const width = targets.size / count;
  const isOneHot = targets.rank >= 2 && width > 1;
  const weights = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let label = targets.data[i * width] as number;
    if (isOneHot) {
      const row = targets.data.subarray(i * width, (i + 1) * width);
      label = row.indexOf(Math.max(...row));
    }
    weights[i] = (classWeight[label] ?? 1) * (sampleWeight ? (sampleWeight.data[i] as number) : 1);
  }
  if (sampleWeight && sampleWeight.rank > 1)
    throw new ShapeMismatchError(
      "`classWeight` and a `sampleWeight` per time step cannot be used together. Multiply them into one sampleWeight.",
    );
  return new NDArray(weights, [count]);
}

/**
 * The number of samples.
 *
 * @param data - Any dataset.
 * @returns The extent of the first axis.
 */
export function sampleCount(data: Dataset): number {
  return data.x.shape[0] as number;
}

/**
 * Some samples, in a given order.
 *
 * @param data - Where from.
 * @param order - Sample numbers.
 * @returns Copies.
 */
export function takeSamples(data: Dataset, order: Int32Array): Dataset {
  return mapArrays(data, (array) => {
    const inner = array.shape.slice(1);
    const width = sizeOf(inner);
    const taken = createTypedArray(array.dtype, order.length * width);
    for (let i = 0; i < order.length; i++) {
      const from = (order[i] as number) * width;
      if (width === 1) taken[i] = array.data[from] as number;
      else taken.set(array.data.subarray(from, from + width), i * width);
    }
    return new NDArray(taken, [order.length, ...inner], array.dtype);
  });
}

/**
 * Adjacent samples.
 *
 * @param data - Where from.
 * @param begin - The first one.
 * @param end - One past the last one.
 * @returns Views.
 */
export function sliceSamples(data: Dataset, begin: number, end: number): Dataset {
  return mapArrays(data, (array) => array.slice(begin, end));
}

function mapArrays(data: Dataset, map: (array: NDArray) => NDArray): Dataset {
  return { x: map(data.x), y: map(data.y), ...(data.sampleWeight && { sampleWeight: map(data.sampleWeight) }) };
}
