import { subtract } from "../ops/arithmetic.ts";
import { mean } from "../ops/reduction.ts";
import { abs, square } from "../ops/unary.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Loss, alignTargets } from "./loss.ts";
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
  const [target, prediction] = alignTargets(yTrue, yPred);
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
  const [target, prediction] = alignTargets(yTrue, yPred);
  return mean(abs(subtract(target, prediction)), -1);
}

/** The mean of squared differences. */
export class MeanSquaredError extends Loss {
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
