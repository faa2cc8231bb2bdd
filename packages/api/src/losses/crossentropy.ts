/** Cross-entropies with Keras' clipping: probabilities are kept in [1e-7, 1 - 1e-7], both rounded to float32. */
import { checkFlag, checkOptions } from "../check-options.ts";
import { IndexOutOfRangeError, InvalidArgumentError, ShapeMismatchError, describeValue } from "../errors.ts";
import { add, divide, multiply, subtract } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { clip } from "../ops/clip.ts";
import { notEqual } from "../ops/comparison.ts";
import { oneHot } from "../ops/one-hot.ts";
import { mean, sum } from "../ops/reduction.ts";
import { reshape } from "../ops/shaping.ts";
import { logSoftmax } from "../ops/softmax.ts";
import { log, negative, softplus } from "../ops/unary.ts";
import { where } from "../ops/where.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import type { NDArray } from "../tensor/ndarray.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Loss, alignTargets, lossOptionNames } from "./loss.ts";
import type { LossOptions, LossWeights } from "./loss.ts";
import { reduceWeighted, weightsOf } from "./weighting.ts";

/** keras.backend.epsilon(). */
const epsilon = 1e-7;

/** Options of the cross-entropies. */
export interface CrossentropyOptions extends LossOptions {
  /** Predictions are logits, not probabilities. */
  readonly fromLogits?: boolean;
  /** From 0 to 1: targets move this far toward the middle. */
  readonly labelSmoothing?: number;
}

function readsLogits({ fromLogits = false }: Pick<CrossentropyOptions, "fromLogits">): boolean {
  return checkFlag("fromLogits", fromLogits);
}

function clipProbability(p: Tensor): Tensor {
  return clip(p, Math.fround(epsilon), Math.fround(1 - epsilon));
}

const crossentropyOptionNames = [
  ...lossOptionNames,
  "fromLogits",
  "labelSmoothing",
] as const satisfies readonly (keyof CrossentropyOptions)[];

/**
 * `-mean(y log p + (1 - y) log(1 - p))` over the last axis; for logits `softplus(x) - x y`, which does not overflow.
 *
 * @param yTrue - Targets from 0 to 1, float32.
 * @param yPred - Probabilities or logits of the same shape.
 * @param options - `fromLogits`, `labelSmoothing`.
 * @returns Float32, the shape without its last axis.
 * @throws ShapeMismatchError when the shapes differ; InvalidArgumentError for an option that does not exist or cannot be.
 */
export function binaryCrossentropy(yTrue: Tensor, yPred: Tensor, options: CrossentropyOptions = {}): Tensor {
  checkOptions("binaryCrossentropy", options, "{ fromLogits: true }", crossentropyOptionNames);
  const [given, prediction] = alignTargets(yTrue, yPred);
  if (!sameShape(given.shape, prediction.shape)) {
    throw new ShapeMismatchError(
      `Targets of a binary crossentropy must have the shape of the predictions. Received: targets of shape ${formatShape(yTrue.shape)}, predictions of shape ${formatShape(yPred.shape)}.`,
    );
  }
  const smoothing = options.labelSmoothing ?? 0;
  const target = smoothing > 0 ? add(multiply(given, 1 - smoothing), 0.5 * smoothing) : given;
  if (readsLogits(options)) return mean(subtract(softplus(prediction), multiply(prediction, target)), -1);
  const p = clipProbability(prediction);
  const likelihood = add(multiply(target, log(p)), multiply(subtract(1, target), log(subtract(1, p))));
  return negative(mean(likelihood, -1));
}

function logProbabilities(yPred: Tensor, fromLogits: boolean): Tensor {
  return fromLogits ? logSoftmax(yPred, -1) : log(clipProbability(divide(yPred, sum(yPred, -1, { keepDims: true }))));
}

/**
 * `-Σ y log p` over the classes; probabilities are first divided by their sum.
 *
 * @param yTrue - Float32 `[..., classes]`: one-hot or a distribution.
 * @param yPred - Probabilities or logits of the same shape.
 * @param options - `fromLogits`, `labelSmoothing`.
 * @returns Float32 `[...]`.
 * @throws ShapeMismatchError when the shapes differ; InvalidArgumentError for an option that does not exist or cannot be.
 */
export function categoricalCrossentropy(yTrue: Tensor, yPred: Tensor, options: CrossentropyOptions = {}): Tensor {
  checkOptions("categoricalCrossentropy", options, "{ fromLogits: true }", crossentropyOptionNames);
  if (!sameShape(yTrue.shape, yPred.shape)) {
    throw new ShapeMismatchError(
      `Targets of a categorical crossentropy must be one-hot, of the predictions' shape. Received: targets of shape ${formatShape(yTrue.shape)}, predictions of shape ${formatShape(yPred.shape)}. For class numbers use sparseCategoricalCrossentropy.`,
    );
  }
  const smoothing = options.labelSmoothing ?? 0;
  const target = smoothing > 0 ? add(multiply(yTrue, 1 - smoothing), smoothing / (yPred.shape.at(-1) as number)) : yTrue;
  return negative(sum(multiply(target, logProbabilities(yPred, readsLogits(options))), -1));
}

/** Options of the sparse categorical cross-entropy. */
export interface SparseCrossentropyOptions extends LossOptions {
  /** Predictions are logits, not probabilities. */
  readonly fromLogits?: boolean;
  /** Targets of this class number do not count. */
  readonly ignoreClass?: number | null;
}

const sparseOptionNames = [...lossOptionNames, "fromLogits", "ignoreClass"] as const satisfies readonly (keyof SparseCrossentropyOptions)[];

/**
 * `-log p[y]`; probabilities are first divided by their sum.
 *
 * @param yTrue - Class numbers `[...]` or `[..., 1]`, float32 or int32.
 * @param yPred - Probabilities or logits `[..., classes]`.
 * @param options - `fromLogits`, `ignoreClass`: such positions cost 0.
 * @returns Float32 `[...]`.
 * @throws ShapeMismatchError when the shapes do not fit; InvalidArgumentError for an option that does not exist or cannot be.
 */
export function sparseCategoricalCrossentropy(yTrue: Tensor, yPred: Tensor, options: SparseCrossentropyOptions = {}): Tensor {
  checkOptions("sparseCategoricalCrossentropy", options, "{ fromLogits: true }", sparseOptionNames);
  const classes = classNumbers(yTrue, yPred, options.ignoreClass);
  const hot = oneHot(classes, yPred.shape.at(-1) as number);
  const cost = negative(sum(multiply(hot, logProbabilities(yPred, readsLogits(options))), -1));
  return options.ignoreClass == null ? cost : where(notEqual(classes, options.ignoreClass), cost, 0);
}

/**
 * Class numbers without a last axis of extent 1.
 *
 * @param yTrue - Class numbers `[...]` or `[..., 1]`.
 * @param yPred - Predictions `[..., classes]`.
 * @param ignoreClass - A number that is allowed beside them.
 * @returns Int32 `[...]`.
 * @throws IndexOutOfRangeError naming the first target that is no class, where the targets came from the host.
 * @throws ShapeMismatchError when the shapes do not fit.
 */
export function classNumbers(yTrue: Tensor, yPred: Tensor, ignoreClass?: number | null): Tensor {
  const wanted = yPred.shape.slice(0, -1);
  const numbers = yTrue.rank === yPred.rank && yTrue.shape.at(-1) === 1 ? reshape(yTrue, yTrue.shape.slice(0, -1)) : yTrue;
  if (!sameShape(numbers.shape, wanted)) {
    throw new ShapeMismatchError(
      `Targets of a sparse categorical crossentropy must be class numbers of shape ${formatShape(wanted)}. Received: targets of shape ${formatShape(yTrue.shape)}, predictions of shape ${formatShape(yPred.shape)}. For one-hot targets use categoricalCrossentropy.`,
    );
  }
  if (yTrue.host) checkClasses(yTrue.host, yPred.shape.at(-1) as number, ignoreClass);
  return cast(numbers, "int32");
}

/** Names the first target that is no class: as a one-hot row it would be all zeros, and its loss a number without meaning. */
function checkClasses({ data, shape }: NDArray, classes: number, ignoreClass: number | null | undefined): void {
  const isBad = (label: number): boolean => label !== ignoreClass && !(Number.isInteger(label) && label >= 0 && label < classes);
  const position = data.findIndex(isBad);
  if (position < 0) return;
  const count = Array.from(data).filter(isBad).length;
  throw new IndexOutOfRangeError(
    `Targets must be class numbers from 0 to ${classes - 1}. Received: ${data[position]} at position ${position} of targets of shape ${formatShape(shape)}${count > 1 ? `; ${count} are invalid` : ""}. Number the classes from 0, or give the model more outputs.`,
  );
}

function checkSmoothing(value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError(`\`labelSmoothing\` must be a number from 0 to 1. Received: labelSmoothing=${describeValue(value)}.`);
}

/** The cross-entropy of two classes. */
export class BinaryCrossentropy extends Loss {
  static override readonly optionNames: readonly string[] = crossentropyOptionNames;
  readonly className = "BinaryCrossentropy";
  readonly fromLogits: boolean;
  readonly labelSmoothing: number;

  /** @param options - `fromLogits`, `labelSmoothing`, `reduction`, `name`. */
  constructor(options: CrossentropyOptions = {}) {
    super("binary_crossentropy", options);
    this.fromLogits = readsLogits(options);
    this.labelSmoothing = checkSmoothing(options.labelSmoothing ?? 0);
  }

  /** @returns See binaryCrossentropy. */
  call(yTrue: Tensor, yPred: Tensor): Tensor {
    const { fromLogits, labelSmoothing } = this;
    return binaryCrossentropy(yTrue, yPred, { fromLogits, labelSmoothing });
  }

  /** @returns The options that make an equal loss again. */
  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), fromLogits: this.fromLogits, labelSmoothing: this.labelSmoothing };
  }
}

/** The cross-entropy of several classes, targets one-hot. */
export class CategoricalCrossentropy extends Loss {
  static override readonly optionNames: readonly string[] = crossentropyOptionNames;
  readonly className = "CategoricalCrossentropy";
  readonly fromLogits: boolean;
  readonly labelSmoothing: number;

  /** @param options - `fromLogits`, `labelSmoothing`, `reduction`, `name`. */
  constructor(options: CrossentropyOptions = {}) {
    super("categorical_crossentropy", options);
    this.fromLogits = readsLogits(options);
    this.labelSmoothing = checkSmoothing(options.labelSmoothing ?? 0);
  }

  /** @returns See categoricalCrossentropy. */
  call(yTrue: Tensor, yPred: Tensor): Tensor {
    const { fromLogits, labelSmoothing } = this;
    return categoricalCrossentropy(yTrue, yPred, { fromLogits, labelSmoothing });
  }

  /** @returns The options that make an equal loss again. */
  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), fromLogits: this.fromLogits, labelSmoothing: this.labelSmoothing };
  }
}

/** The cross-entropy of several classes, targets as class numbers. */
export class SparseCategoricalCrossentropy extends Loss {
  static override readonly optionNames: readonly string[] = sparseOptionNames;
  readonly className = "SparseCategoricalCrossentropy";
  readonly fromLogits: boolean;
  readonly ignoreClass: number | null;

  /** @param options - `fromLogits`, `ignoreClass`, `reduction`, `name`. */
  constructor(options: SparseCrossentropyOptions = {}) {
    super("sparse_categorical_crossentropy", options);
    this.fromLogits = readsLogits(options);
    this.ignoreClass = options.ignoreClass ?? null;
  }

  /** @returns See sparseCategoricalCrossentropy. */
  call(yTrue: Tensor, yPred: Tensor): Tensor {
    const { fromLogits, ignoreClass } = this;
    return sparseCategoricalCrossentropy(yTrue, yPred, { fromLogits, ignoreClass });
  }

  /** Positions of the ignored class count as masked, so that a mean is one over the others. */
  override compute(yTrue: Tensor, yPred: Tensor, weights: LossWeights = {}): Tensor {
    if (this.ignoreClass === null) return super.compute(yTrue, yPred, weights);
    const counted = notEqual(classNumbers(yTrue, yPred, this.ignoreClass), this.ignoreClass);
    const mask = weights.mask ? cast(multiply(cast(weights.mask, "float32"), cast(counted, "float32")), "bool") : counted;
    return reduceWeighted(this.call(yTrue, yPred), weightsOf(weights.sampleWeight, mask, this.reduction), this.reduction);
  }

  /** @returns The options that make an equal loss again. */
  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), fromLogits: this.fromLogits, ignoreClass: this.ignoreClass };
  }
}
