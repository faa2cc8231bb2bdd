import { checkOptions } from "../check-options.ts";
import { InvalidArgumentError, ShapeMismatchError, describeValue } from "../errors.ts";
import { normalizeName } from "../names.ts";
import type { Serializable } from "../serialized.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { alignRanks, reduceWeighted, weightsOf } from "./weighting.ts";
import type { Reduction } from "./weighting.ts";

/** Options that every loss takes. */
export interface LossOptions {
  readonly name?: string;
  /** How per-sample losses become one number; `"sumOverBatchSize"`, Keras' default, when left out. */
  readonly reduction?: Reduction;
}

/** The names of these options. */
export const lossOptionNames: readonly (keyof LossOptions)[] = ["name", "reduction"];

/** What weighs per-sample losses. */
export interface LossWeights {
  /** Float32, one weight a sample (or a time step). */
  readonly sampleWeight?: Tensor | undefined;
  /** Bool, true where a prediction counts. */
  readonly mask?: Tensor | undefined;
}

const reductions: readonly Reduction[] = ["sumOverBatchSize", "sum", "mean", "meanWithSampleWeight", "none"];

/** What training minimises. A subclass says what one sample costs; weights, masks and the reduction are common to all. */
export abstract class Loss implements Serializable {
  /** The options that the class takes; any where it does not say. */
  static readonly optionNames?: readonly string[];
  /** The name under which a configuration names this class, as in Keras. */
  abstract readonly className: string;
  readonly name: string;
  readonly reduction: Reduction;

  constructor(defaultName: string, options: LossOptions = {}) {
    checkOptions("A loss", options, '{ reduction: "sum" }', new.target.optionNames);
    this.name = options.name ?? defaultName;
    const given: unknown = options.reduction ?? "sumOverBatchSize";
    const reduction = reductions.find((known) => typeof given === "string" && normalizeName(known) === normalizeName(given));
    if (reduction === undefined)
      throw new InvalidArgumentError(`\`reduction\` must be one of ${reductions.join(", ")}. Received: reduction=${describeValue(given)}.`);
    this.reduction = reduction;
  }

  /**
   * The loss of each sample.
   *
   * @param yTrue - Targets, float32.
   * @param yPred - Predictions, float32.
   * @returns Float32, the predictions' shape without its last axis.
   */
  abstract call(yTrue: Tensor, yPred: Tensor): Tensor;

  /**
   * The loss of a batch.
   *
   * @param yTrue - Targets, float32.
   * @param yPred - Predictions, float32.
   * @param weights - Sample weights and the predictions' mask.
   * @returns A scalar tensor, differentiable.
   */
  compute(yTrue: Tensor, yPred: Tensor, weights: LossWeights = {}): Tensor {
    const values = this.call(yTrue, yPred);
    return reduceWeighted(values, weightsOf(weights.sampleWeight, weights.mask, this.reduction), this.reduction);
  }

  /** @returns The options that make an equal loss again. */
  getConfig(): Record<string, unknown> {
    return { name: this.name, reduction: this.reduction };
  }
}

/**
 * Targets and predictions of one shape, or an error that names both.
 *
 * @param yTrue - Targets.
 * @param yPred - Predictions.
 * @returns Both with aligned ranks.
 * @throws ShapeMismatchError when they cannot be compared.
 */
export function alignTargets(yTrue: Tensor, yPred: Tensor): readonly [Tensor, Tensor] {
  const [a, b] = alignRanks(yTrue, yPred);
  const fits = a.rank === b.rank && a.shape.every((extent, axis) => extent === b.shape[axis] || extent === 1 || b.shape[axis] === 1);
  if (fits) return [a, b];
  throw new ShapeMismatchError(
    `Targets must have the shape of the predictions. Received: targets of shape ${formatShape(yTrue.shape)}, predictions of shape ${formatShape(yPred.shape)}.`,
  );
}
