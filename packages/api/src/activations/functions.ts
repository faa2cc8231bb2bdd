/** Keras' activation functions (keras/src/activations/activations.py): float32 in any shape to the same shape. */
import { checkFlag, checkOptions } from "../check-options.ts";
import { add, divide, multiply, subtract } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { clip } from "../ops/clip.ts";
import { greater, less, logicalAnd } from "../ops/comparison.ts";
import { logSoftmax as logSoftmaxOver, softmax as softmaxOver } from "../ops/softmax.ts";
import { stopGradient } from "../ops/tape.ts";
import {
  abs,
  erf,
  exp,
  expm1,
  negative,
  relu as rectify,
  sigmoid as logistic,
  softplus as softened,
  square,
  tanh as hyperbolic,
} from "../ops/unary.ts";
import { where } from "../ops/where.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Klambauer et al. 2017, the fixed point for mean 0 and variance 1. */
const seluAlpha = 1.6732632423543772;
const seluScale = 1.0507009873554805;

/** Limits values like `clip`, but with a gradient of 0 at the limits themselves, as Keras' bounded activations have it. */
function limit(x: Tensor, low: number, high: number): Tensor {
  return where(logicalAnd(greater(x, low), less(x, high)), x, stopGradient(clip(x, low, high)));
}

/** Options of `relu`. */
export interface ReluOptions {
  /** The slope below the threshold; 0 when left out. */
  readonly negativeSlope?: number;
  /** The largest value; none when left out. */
  readonly maxValue?: number | null;
  /** Values up to this one count as negative; 0 when left out. */
  readonly threshold?: number;
}

const reluOptionNames = ["negativeSlope", "maxValue", "threshold"] as const satisfies readonly (keyof ReluOptions)[];

/** Options of `leakyRelu`. */
export interface LeakyReluOptions {
  /** The slope below 0; 0.2 when left out. */
  readonly negativeSlope?: number;
}

const leakyReluOptionNames = ["negativeSlope"] as const satisfies readonly (keyof LeakyReluOptions)[];

/** Options of `elu`. */
export interface EluOptions {
  /** What large negative values come near to, negated; 1 when left out. */
  readonly alpha?: number;
}

const eluOptionNames = ["alpha"] as const satisfies readonly (keyof EluOptions)[];

/** Options of `gelu`. */
export interface GeluOptions {
  /** By tanh instead of erf; false when left out. */
  readonly approximate?: boolean;
}

const geluOptionNames = ["approximate"] as const satisfies readonly (keyof GeluOptions)[];

/** Options of `softmax` and `logSoftmax`. */
export interface SoftmaxOptions {
  /** The axis that sums to 1; the last when left out. */
  readonly axis?: number;
}

const softmaxOptionNames = ["axis"] as const satisfies readonly (keyof SoftmaxOptions)[];

/**
 * The input itself.
 *
 * @param x - Float32, any shape.
 * @returns The same tensor.
 */
export function linear(x: Tensor): Tensor {
  return x;
}

/**
 * `x` above the threshold, `negativeSlope * (x - threshold)` below it, never more than `maxValue`.
 *
 * @param x - Float32, any shape.
 * @param options - `negativeSlope` 0, `maxValue` none, `threshold` 0.
 * @returns The same shape.
 * @throws InvalidArgumentError for an option that does not exist.
 */
export function relu(x: Tensor, options: ReluOptions = {}): Tensor {
  checkOptions("relu", options, "{ maxValue: 6 }", reluOptionNames);
  const { negativeSlope = 0, maxValue = null, threshold = 0 } = options;
  if (negativeSlope !== 0 && maxValue === null && threshold === 0) return leakyRelu(x, { negativeSlope });
  const above = threshold === 0 ? rectify(x) : multiply(x, cast(greater(x, threshold), "float32"));
  const limited = maxValue === null ? above : clip(above, 0, maxValue);
  return negativeSlope === 0 ? limited : subtract(limited, multiply(rectify(add(negative(x), threshold)), negativeSlope));
}

/**
 * `min(max(x, 0), 6)`.
 *
 * @param x - Float32, any shape.
 * @returns The same shape.
 */
export function relu6(x: Tensor): Tensor {
  return limit(x, 0, 6);
}

/**
 * `x` above 0, `negativeSlope * x` below.
 *
 * @param x - Float32, any shape.
 * @param options - `negativeSlope` 0.2.
 * @returns The same shape.
 * @throws InvalidArgumentError for an option that does not exist.
 */
export function leakyRelu(x: Tensor, options: LeakyReluOptions = {}): Tensor {
  checkOptions("leakyRelu", options, "{ negativeSlope: 0.1 }", leakyReluOptionNames);
  return where(greater(x, 0), x, multiply(x, options.negativeSlope ?? 0.2));
}

/**
 * `x` above 0, `alpha * (exp(x) - 1)` below (Clevert et al. 2016).
 *
 * @param x - Float32, any shape.
 * @param options - `alpha` 1.
 * @returns The same shape.
 * @throws InvalidArgumentError for an option that does not exist.
 */
export function elu(x: Tensor, options: EluOptions = {}): Tensor {
  checkOptions("elu", options, "{ alpha: 0.5 }", eluOptionNames);
  const { alpha = 1 } = options;
  const isAbove = greater(x, 0);
  // The exponential of large values would overflow, and its gradient of 0 times infinity is NaN: they are kept out of it.
  const below = expm1(where(isAbove, 0, x));
  return where(isAbove, x, alpha === 1 ? below : multiply(below, alpha));
}

/**
 * `elu` with the scale and alpha that keep mean 0 and variance 1 (Klambauer et al. 2017).
 *
 * @param x - Float32, any shape.
 * @returns The same shape.
 */
export function selu(x: Tensor): Tensor {
  return multiply(elu(x, { alpha: seluAlpha }), seluScale);
}

/**
 * `x * P(X <= x)` for a standard normal X (Hendrycks and Gimpel 2016).
 *
 * @param x - Float32, any shape.
 * @param options - `approximate`: by tanh instead of erf.
 * @returns The same shape.
 * @throws InvalidArgumentError for an option that does not exist or cannot be.
 */
export function gelu(x: Tensor, options: GeluOptions = {}): Tensor {
  checkOptions("gelu", options, "{ approximate: true }", geluOptionNames);
  const inner = checkFlag("approximate", options.approximate ?? false)
    ? hyperbolic(multiply(multiply(x, add(multiply(square(x), 0.044715), 1)), Math.sqrt(2 / Math.PI)))
    : erf(multiply(x, Math.SQRT1_2));
  return multiply(multiply(x, 0.5), add(inner, 1));
}

/**
 * `1 / (1 + exp(-x))`.
 *
 * @param x - Float32, any shape.
 * @returns The same shape.
 */
export function sigmoid(x: Tensor): Tensor {
  return logistic(x);
}

/**
 * `relu6(x + 3) / 6`.
 *
 * @param x - Float32, any shape.
 * @returns The same shape.
 */
export function hardSigmoid(x: Tensor): Tensor {
  return limit(add(divide(x, 6), 0.5), 0, 1);
}

/**
 * `x * sigmoid(x)`, also called swish.
 *
 * @param x - Float32, any shape.
 * @returns The same shape.
 */
export function silu(x: Tensor): Tensor {
  return multiply(x, logistic(x));
}

/**
 * `x * hardSigmoid(x)`, also called hard swish.
 *
 * @param x - Float32, any shape.
 * @returns The same shape.
 */
export function hardSilu(x: Tensor): Tensor {
  return multiply(x, hardSigmoid(x));
}

/**
 * The hyperbolic tangent.
 *
 * @param x - Float32, any shape.
 * @returns The same shape.
 */
export function tanh(x: Tensor): Tensor {
  return hyperbolic(x);
}

/**
 * `log(exp(x) + 1)`.
 *
 * @param x - Float32, any shape.
 * @returns The same shape.
 */
export function softplus(x: Tensor): Tensor {
  return softened(x);
}

/**
 * `x / (|x| + 1)`.
 *
 * @param x - Float32, any shape.
 * @returns The same shape.
 */
export function softsign(x: Tensor): Tensor {
  return divide(x, add(abs(x), 1));
}

/**
 * `exp(x)`.
 *
 * @param x - Float32, any shape.
 * @returns The same shape.
 */
export function exponential(x: Tensor): Tensor {
  return exp(x);
}

/**
 * `x * tanh(softplus(x))` (Misra 2019).
 *
 * @param x - Float32, any shape.
 * @returns The same shape.
 */
export function mish(x: Tensor): Tensor {
  return multiply(x, hyperbolic(softened(x)));
}

/**
 * `exp(x)` divided by its sum along an axis.
 *
 * @param x - Float32, any shape.
 * @param options - `axis`: the one that sums to 1, the last when left out.
 * @returns The same shape.
 * @throws InvalidArgumentError for an option that does not exist.
 */
export function softmax(x: Tensor, options: SoftmaxOptions = {}): Tensor {
  checkOptions("softmax", options, "{ axis: 1 }", softmaxOptionNames);
  return softmaxOver(x, options.axis ?? -1);
}

/**
 * The logarithm of `softmax`, without overflow.
 *
 * @param x - Float32, any shape.
 * @param options - `axis`: the last when left out.
 * @returns The same shape.
 * @throws InvalidArgumentError for an option that does not exist.
 */
export function logSoftmax(x: Tensor, options: SoftmaxOptions = {}): Tensor {
  checkOptions("logSoftmax", options, "{ axis: 1 }", softmaxOptionNames);
  return logSoftmaxOver(x, options.axis ?? -1);
}
