/**
 * Optimizer rules as data: what a backend executes for a dense parameter, or for the rows of a plan.
 *
 * All numbers are those of one step: schedules, bias corrections and decay factors are resolved before a backend sees them.
 * `g` is the gradient, `w` the parameter; slots are named and ordered by `slotNames`. Every rule first applies `w -= w * decay`
 * (decoupled weight decay; 0 for none). Sources: Keras 3, keras/src/optimizers; all arithmetic is float32.
 */

import type { Shape } from "../tensor/shape.ts";

/** SGD. Without momentum `w -= lr * g`; with it `m = momentum * m - lr * g`, `w += m`, or nesterov `w += momentum * m - lr * g`. */
export interface SgdRule {
  readonly kind: "sgd";
  readonly decay: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
}

/**
 * Adam and AdamW in Keras' form: `m += (g - m)(1 - beta1)`, `v += (g² - v)(1 - beta2)`, `w -= m * stepSize / (sqrt(v) + epsilon)`,
 * where `stepSize = lr * sqrt(1 - beta2^t) / (1 - beta1^t)`; with amsgrad `v̂ = max(v̂, v)` takes the place of v in the last one.
 */
export interface AdamRule {
  readonly kind: "adam";
  readonly decay: number;
  readonly stepSize: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly amsgrad: boolean;
}

/**
 * RMSprop in Keras' form: `v = rho v + (1 - rho) g²`; centered: `a = rho a + (1 - rho) g`, `d = v - a²`, else `d = v`;
 * `i = lr * g / sqrt(d + epsilon)`; with momentum `m = momentum * m + i`, `w -= m`, else `w -= i`.
 */
export interface RmspropRule {
  readonly kind: "rmsprop";
  readonly decay: number;
  readonly learningRate: number;
  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;
}

/** Adagrad in Keras' form: `a += g²`, `w -= lr * g / sqrt(a + epsilon)`. */
export interface AdagradRule {
  readonly kind: "adagrad";
  readonly decay: number;
  readonly learningRate: number;
  readonly epsilon: number;
}

/**
 * Adagrad with one accumulator a row, as FBGEMM's EXACT_ROWWISE_ADAGRAD, with epsilon where Keras' Adagrad has it: `a += mean(g²)` over
 * the row, `w -= lr * g / sqrt(a + epsilon)`. A row is what lies under one index of the first axis; of a vector or a scalar, an element.
 */
export interface RowwiseAdagradRule {
  readonly kind: "rowwiseAdagrad";
  readonly decay: number;
  readonly learningRate: number;
  readonly epsilon: number;
}

/** Any rule that a backend executes. */
export type UpdateRule = SgdRule | AdamRule | RmspropRule | AdagradRule | RowwiseAdagradRule;

/**
 * The state that a rule keeps beside the parameter, each of its `slotShape`, in the order in which a backend receives it.
 *
 * @param rule - The rule.
 * @returns The slots' names, Keras' own.
 */
export function slotNames(rule: UpdateRule): readonly string[] {
  switch (rule.kind) {
    case "sgd":
      return rule.momentum > 0 ? ["momentum"] : [];
    case "adam":
      return rule.amsgrad ? ["momentum", "velocity", "velocity_hat"] : ["momentum", "velocity"];
    case "rmsprop":
      return ["velocity", ...(rule.momentum > 0 ? ["momentum"] : []), ...(rule.centered ? ["average_gradient"] : [])];
    case "adagrad":
    case "rowwiseAdagrad":
      return ["accumulator"];
  }
}

/**
 * The shape of each slot of a rule.
 *
 * @param rule - The rule.
 * @param shape - The parameter's shape.
 * @returns The same shape; for a rule with one value a row, the parameter's shape with all axes but the first of extent 1.
 */
export function slotShape(rule: UpdateRule, shape: Shape): Shape {
  return rule.kind === "rowwiseAdagrad" ? shape.map((extent, axis) => (axis === 0 ? extent : 1)) : shape;
}
