/** The names of the options of a model's methods, for programs without types. */
import { summaryOptionNames } from "../report/summary-options.ts";
import type { CompileOptions } from "./compiled.ts";
import type { DatasetOptions } from "./dataset.ts";
import type { EvaluateOptions } from "./evaluate.ts";
import type { FitOptions } from "./fit.ts";
import type { PrintSummaryOptions } from "./model.ts";
import type { PredictOptions } from "./predict.ts";

/** Of `compile`. */
export const compileOptionNames: readonly (keyof CompileOptions)[] = ["optimizer", "loss", "metrics", "weightedMetrics"];

/** Of `fit`. */
export const fitOptionNames: readonly (keyof FitOptions)[] = [
  "verbose",
  "style",
  "batchSize",
  "epochs",
  "callbacks",
  "validationSplit",
  "validationData",
  "shuffle",
  "seed",
  "classWeight",
  "sampleWeight",
  "initialEpoch",
  "threads",
  "validationFreq",
  "validationBatchSize",
];

/** Of `predict`. */
export const predictOptionNames: readonly (keyof PredictOptions)[] = ["verbose", "style", "batchSize"];

/** Of `trainOnBatch` and `testOnBatch`. */
export const batchOptionNames: readonly (keyof DatasetOptions)[] = ["sampleWeight", "classWeight"];

/** Of `evaluate`. */
export const evaluateOptionNames: readonly (keyof (EvaluateOptions & DatasetOptions) | "returnDict")[] = [
  "verbose",
  "style",
  "batchSize",
  "sampleWeight",
  "classWeight",
  "returnDict",
];

/** Of `summary`. */
export const printSummaryOptionNames: readonly (keyof PrintSummaryOptions)[] = [...summaryOptionNames, "printFn"];
