export { BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy } from "./accuracy.ts";
export { LossMetric, MeanAbsoluteErrorMetric, MeanSquaredErrorMetric } from "./error.ts";
export { getMetric } from "./get-metric.ts";
export type { MetricIdentifier } from "./get-metric.ts";
export { Metric } from "./metric.ts";
export type { MetricUpdate } from "./metric.ts";
