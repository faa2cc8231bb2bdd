import { subtract } from "../ops/arithmetic.ts";
import { mean } from "../ops/reduction.ts";
import { abs, square } from "../ops/unary.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { warnOnce } from "../warnings.ts";
import { Loss, alignTargets, lossOptionNames } from "./loss.ts";
import type { LossOptions } from "./loss.ts";

/**
 * `mean((yTrue - yPred)²)` over the last axis.
 *
 * @param yTrue - Targets, float32.
 * @param yPred - Predictions of the same shape.
 * @returns Float32, the shape without its last axis.
 * @throws ShapeMismatchError when the shapes differ.
 */
export function meanSquaredError(yTrue: Tensor, yPred: Tensor): Tensor {
  const [target, prediction] = alignRepeating(yTrue, yPred);
  return mean(square(subtract(target, prediction)), -1);
}

/**
 * `mean(|yTrue - yPred|)` over the last axis.
 *
 * @param yTrue - Targets, float32.
 * @param yPred - Predictions of the same shape.
 * @returns Float32, the shape without its last axis.
 * @throws ShapeMismatchError when the shapes differ.
 */
export function meanAbsoluteError(yTrue: Tensor, yPred: Tensor): Tensor {
  const [target, prediction] = alignRepeating(yTrue, yPred);
  return mean(abs(subtract(target, prediction)), -1);
}

/** Keras repeats the shorter of targets and predictions, which is seldom what was meant. */
function alignRepeating(yTrue: Tensor, yPred: Tensor): readonly [Tensor, Tensor] {
  const pair = alignTargets(yTrue, yPred);
  if (!sameShape(pair[0].shape, pair[1].shape)) {
    warnOnce(
      `Targets of shape ${formatShape(yTrue.shape)} and predictions of shape ${formatShape(yPred.shape)} are repeated to meet each other, as in Keras. If that is not meant, give the targets the shape of the predictions.`,
    );
  }
  return pair;
}

/** The mean of squared differences. */
export class MeanSquaredError extends Loss {
  static override readonly optionNames: readonly string[] = lossOptionNames;
  readonly className = "MeanSquaredError";

  /** @param options - `reduction`, `name`. */
  constructor(options: LossOptions = {}) {
    super("mean_squared_error", options);
  }

  /** @returns See meanSquaredError. */
  call(yTrue: Tensor, yPred: Tensor): Tensor {
    return meanSquaredError(yTrue, yPred);
  }
}

/** The mean of absolute differences. */
export class MeanAbsoluteError extends Loss {
  static override readonly optionNames: readonly string[] = lossOptionNames;
  readonly className = "MeanAbsoluteError";

  /** @param options - `reduction`, `name`. */
  constructor(options: LossOptions = {}) {
    super("mean_absolute_error", options);
  }

  /** @returns See meanAbsoluteError. */
  call(yTrue: Tensor, yPred: Tensor): Tensor {
    return meanAbsoluteError(yTrue, yPred);
  }
}
