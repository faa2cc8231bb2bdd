export {
  BinaryCrossentropy,
  CategoricalCrossentropy,
  SparseCategoricalCrossentropy,
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
} from "./crossentropy.ts";
export type { CrossentropyOptions, SparseCrossentropyOptions } from "./crossentropy.ts";
export { getLoss } from "./get-loss.ts";
export type { LossFunction, LossIdentifier } from "./get-loss.ts";
export { Loss } from "./loss.ts";
export type { LossOptions, LossWeights } from "./loss.ts";
export { MeanAbsoluteError, MeanSquaredError, meanAbsoluteError, meanSquaredError } from "./regression.ts";
export type { Reduction } from "./weighting.ts";
