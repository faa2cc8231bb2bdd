import { lookupName } from "../names.ts";
import type { Tensor } from "../tensor/tensor.ts";
import * as functions from "./functions.ts";

/** A function of a layer's output, elementwise or over its last axis. */
export type Activation = (x: Tensor) => Tensor;

/** The first name of a function is the one that configurations carry. */
const activations: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ["linear", functions.linear],
  ["relu", functions.relu],
  ["relu6", functions.relu6],
  ["leakyRelu", functions.leakyRelu],
  ["elu", functions.elu],
  ["selu", functions.selu],
  ["gelu", functions.gelu],
  ["sigmoid", functions.sigmoid],
  ["hardSigmoid", functions.hardSigmoid],
  ["silu", functions.silu],
  ["hardSilu", functions.hardSilu],
  ["tanh", functions.tanh],
  ["softplus", functions.softplus],
  ["softsign", functions.softsign],
  ["exponential", functions.exponential],
  ["mish", functions.mish],
  ["softmax", functions.softmax],
  ["logSoftmax", functions.logSoftmax],
  ["swish", functions.silu],
  ["hardSwish", functions.hardSilu],
]);

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
  return identifier === null || identifier === undefined ? functions.linear : lookupName("activation", identifier, activations);
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
