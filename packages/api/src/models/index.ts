export type { CompileOptions } from "./compiled.ts";
export type { DatasetOptions, Samples } from "./dataset.ts";
export type { EvaluateOptions } from "./evaluate.ts";
export type { FitOptions } from "./fit.ts";
export { Model } from "./model.ts";
export type { ModelOptions, PredictOptions, PrintSummaryOptions } from "./model.ts";
export type { ProgressOptions } from "./progress.ts";
export { Sequential } from "./sequential.ts";
