import { BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy } from "../losses/crossentropy.ts";
import { pickOptions } from "../check-options.ts";
import { lookupName, normalizeName } from "../names.ts";
import { readSerialized } from "../serialized.ts";
import type { Serialized } from "../serialized.ts";
import type { Shape } from "../tensor/shape.ts";
import { BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy } from "./accuracy.ts";
import { LossMetric, MeanAbsoluteErrorMetric, MeanSquaredErrorMetric } from "./error.ts";
import { Metric } from "./metric.ts";

/** A metric, its name in camelCase or snake_case, or what `serialize` or Keras wrote. */
export type MetricIdentifier = Metric | string | Serialized;

type MetricFactory = (options: Readonly<Record<string, unknown>>) => Metric;

const nameOf = (options: Readonly<Record<string, unknown>>): string | undefined => options["name"] as string | undefined;

const metrics: ReadonlyMap<string, MetricFactory> = new Map<string, MetricFactory>([
  ["accuracy", (options) => new BinaryAccuracy(pickOptions(options, BinaryAccuracy.optionNames))],
  ["binaryAccuracy", (options) => new BinaryAccuracy(pickOptions(options, BinaryAccuracy.optionNames))],
  ["categoricalAccuracy", (options) => new CategoricalAccuracy(pickOptions(options, CategoricalAccuracy.optionNames))],
  ["sparseCategoricalAccuracy", (options) => new SparseCategoricalAccuracy(pickOptions(options, SparseCategoricalAccuracy.optionNames))],
  ["meanSquaredError", (options) => new MeanSquaredErrorMetric(pickOptions(options, MeanSquaredErrorMetric.optionNames))],
  ["meanAbsoluteError", (options) => new MeanAbsoluteErrorMetric(pickOptions(options, MeanAbsoluteErrorMetric.optionNames))],
  [
    "binaryCrossentropy",
    (options) => new LossMetric(new BinaryCrossentropy(pickOptions(options, BinaryCrossentropy.optionNames)), nameOf(options)),
  ],
  [
    "categoricalCrossentropy",
    (options) => new LossMetric(new CategoricalCrossentropy(pickOptions(options, CategoricalCrossentropy.optionNames)), nameOf(options)),
  ],
  [
    "sparseCategoricalCrossentropy",
    (options) =>
      new LossMetric(new SparseCategoricalCrossentropy(pickOptions(options, SparseCategoricalCrossentropy.optionNames)), nameOf(options)),
  ],
  ["acc", (options) => new BinaryAccuracy(pickOptions(options, BinaryAccuracy.optionNames))],
  ["mse", (options) => new MeanSquaredErrorMetric(pickOptions(options, MeanSquaredErrorMetric.optionNames))],
  ["mae", (options) => new MeanAbsoluteErrorMetric(pickOptions(options, MeanAbsoluteErrorMetric.optionNames))],
]);

/**
 * Whether a name is one that `getMetric` understands, without shapes.
 *
 * @param identifier - A metric or its name.
 * @throws UnknownNameError when there is none of that name.
 */
export function checkMetric(identifier: MetricIdentifier): void {
  if (typeof identifier === "string") lookupName("metric", identifier, metrics);
}

/**
 * The metric that is meant. `"accuracy"` and `"acc"` become binary, sparse categorical or categorical accuracy by the shapes that
 * meet; a metric given by name is logged under the name as it was written.
 *
 * @param identifier - A metric (returned as it is), a name such as `"accuracy"` or `"mae"`, or a configuration.
 * @param targets - The shape of the targets.
 * @param predictions - The shape of the predictions.
 * @returns The metric.
 * @throws UnknownNameError when there is none of that name.
 */
export function getMetric(identifier: MetricIdentifier, targets: Shape, predictions: Shape): Metric {
  if (identifier instanceof Metric) return identifier;
  if (typeof identifier !== "string") {
    const { className, config } = readSerialized("metric", identifier);
    return lookupName("metric", className, metrics)(config);
  }
  const known = normalizeName(identifier);
  if (known === "accuracy" || known === "acc") return accuracyFor(identifier, targets, predictions);
  return lookupName("metric", identifier, metrics)({ name: identifier });
}

/** After keras/src/trainers/compile_utils.py, is_binary_or_sparse_categorical. */
function accuracyFor(name: string, targets: Shape, predictions: Shape): Metric {
  const outputs = predictions.at(-1) ?? 1;
  if (outputs === 1) return new BinaryAccuracy({ name });
  const isSparse = targets.length < predictions.length || (targets.at(-1) === 1 && outputs > 1);
  return isSparse ? new SparseCategoricalAccuracy({ name }) : new CategoricalAccuracy({ name });
}
