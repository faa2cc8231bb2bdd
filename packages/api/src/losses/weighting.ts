/** How losses and metrics weigh and reduce per-sample values; after keras/src/losses/loss.py. */
import { divide, multiply } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { equal } from "../ops/comparison.ts";
import { sum } from "../ops/reduction.ts";
import { reshape } from "../ops/shaping.ts";
import { where } from "../ops/where.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** How per-sample values become one number. */
export type Reduction = "sumOverBatchSize" | "sum" | "mean" | "meanWithSampleWeight" | "none";

/**
 * Adds or drops a last axis of extent 1 where two ranks differ by one.
 *
 * @param a - One tensor.
 * @param b - The other.
 * @returns Both, of the same rank where that is possible.
 */
export function alignRanks(a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
  if (a.rank === b.rank + 1 && a.shape.at(-1) === 1)
    return b.rank === 1 ? [a, reshape(b, [...b.shape, 1])] : [reshape(a, a.shape.slice(0, -1)), b];
  if (b.rank === a.rank + 1 && b.shape.at(-1) === 1)
    return a.rank === 1 ? [reshape(a, [...a.shape, 1]), b] : [a, reshape(b, b.shape.slice(0, -1))];
  return [a, b];
}

/** `a / b`, 0 where b is 0. */
function divideNoNan(a: Tensor | number, b: Tensor): Tensor {
  const isZero = equal(b, 0);
  return where(isZero, 0, divide(a, where(isZero, 1, b)));
}

/**
 * Joins a mask and sample weights. For means, valid positions weigh `total / valid`, so that the mean over all positions becomes
 * the mean over the valid ones.
 *
 * @param sampleWeight - Float32, or undefined.
 * @param mask - Bool, true where valid; or undefined.
 * @param reduction - What the weights are for.
 * @returns Weights, or undefined when there are none.
 */
export function weightsOf(sampleWeight: Tensor | undefined, mask: Tensor | undefined, reduction: Reduction): Tensor | undefined {
  if (!mask) return sampleWeight;
  let weights = cast(mask, "float32");
  if (reduction === "sumOverBatchSize" || reduction === "mean") {
    weights = multiply(weights, divideNoNan(weights.size, sum(weights)));
  }
  if (!sampleWeight) return weights;
  const [a, b] = alignRanks(weights, sampleWeight);
  return multiply(b, a);
}

/**
 * One number out of per-sample values.
 *
 * @param values - Float32, any shape.
 * @param weights - Factors that broadcast with the values once ranks are aligned; or undefined.
 * @param reduction - How; `"sumOverBatchSize"` divides by the number of values, not by the sum of weights.
 * @returns A scalar; the weighted values for `"none"`.
 */
export function reduceWeighted(values: Tensor, weights: Tensor | undefined, reduction: Reduction): Tensor {
  const [aligned, factors] = weights ? alignRanks(values, weights) : [values, undefined];
  const weighted = factors ? multiply(aligned, factors) : aligned;
  if (reduction === "none" || weighted.rank === 0) return weighted;
  const total = sum(weighted);
  if (reduction === "sum") return total;
  if (reduction === "meanWithSampleWeight" && factors) return divideNoNan(total, sum(factors));
  return weighted.size === 0 ? total : divide(total, weighted.size);
}
