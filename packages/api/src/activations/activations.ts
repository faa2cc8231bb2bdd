/** Keras' activation functions (keras/src/activations/activations.py): float32 in any shape to the same shape. */
import { lookupName } from "../names.ts";
import { add, divide, maximum, minimum, multiply } from "../ops/arithmetic.ts";
import { clip } from "../ops/clip.ts";
import { greater } from "../ops/comparison.ts";
import { logSoftmax, softmax } from "../ops/softmax.ts";
import { abs, erf, exp, expm1, relu, sigmoid, softplus, tanh } from "../ops/unary.ts";
import { where } from "../ops/where.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A function of a layer's output, elementwise or over its last axis. */
export type Activation = (x: Tensor) => Tensor;

/** Klambauer et al. 2017, the fixed point for mean 0 and variance 1. */
const seluAlpha = 1.6732632423543772;
const seluScale = 1.0507009873554805;

const elu: Activation = (x) => where(greater(x, 0), x, expm1(minimum(x, 0)));
const gelu: Activation = (x) => multiply(multiply(x, 0.5), add(erf(multiply(x, Math.SQRT1_2)), 1));
const hardSigmoid: Activation = (x) => clip(add(divide(x, 6), 0.5), 0, 1);

const silu: Activation = (x) => multiply(x, sigmoid(x));
const hardSilu: Activation = (x) => multiply(x, hardSigmoid(x));

/** The first name of a function is the one that configurations carry. */
const activations: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ["linear", (x) => x],
  ["relu", relu],
  ["relu6", (x) => clip(x, 0, 6)],
  ["leakyRelu", (x) => maximum(x, multiply(x, 0.2))],
  ["elu", elu],
  ["selu", (x) => multiply(where(greater(x, 0), x, multiply(expm1(minimum(x, 0)), seluAlpha)), seluScale)],
  ["gelu", gelu],
  ["sigmoid", sigmoid],
  ["hardSigmoid", hardSigmoid],
  ["silu", silu],
  ["hardSilu", hardSilu],
  ["tanh", tanh],
  ["softplus", softplus],
  ["softsign", (x) => divide(x, add(abs(x), 1))],
  ["exponential", exp],
  ["mish", (x) => multiply(x, tanh(softplus(x)))],
  ["softmax", (x) => softmax(x, -1)],
  ["logSoftmax", (x) => logSoftmax(x, -1)],
  ["swish", silu],
  ["hardSwish", hardSilu],
]);

const linear = activations.get("linear") as Activation;

/** An activation function, its name, or null for none. */
export type ActivationIdentifier = Activation | string | null;

/**
 * The activation that is meant.
 *
 * @param identifier - A function (returned as it is), a name such as `"relu"` or `"hard_sigmoid"`, or null for linear.
 * @returns The function.
 * @throws UnknownNameError when there is none of that name.
 */
export function getActivation(identifier: ActivationIdentifier | undefined): Activation {
  if (typeof identifier === "function") return identifier;
  return identifier === null || identifier === undefined ? linear : lookupName("activation", identifier, activations);
}

/**
 * The name of an activation, for configurations.
 *
 * @param activation - A function.
 * @returns Its camelCase name; undefined for a function of the user's own.
 */
export function activationName(activation: Activation): string | undefined {
  for (const [name, known] of activations) if (known === activation) return name;
  return undefined;
}
