import type { AdagradRule, AdamRule, RmspropRule, RowwiseAdagradRule, SgdRule, UpdateRule } from "@rowan/api";

/** A parameter and its slots at one element: `[w, ...slots]`, in the order of `slotNames`. */
type Element = readonly number[];

/** A rule that looks at one element at a time. */
export type ElementRule = Exclude<UpdateRule, RowwiseAdagradRule>;

/** Moments that decay for ever end at 0, not at denormal numbers, on which processors are many times slower. */
function flush(moment: number): number {
  return Math.abs(moment) < 1e-38 ? 0 : moment;
}

/**
 * One step of a rule at one element, in float64.
 *
 * @param rule - The rule.
 * @param element - The parameter and its slots before the step.
 * @param gradient - The gradient at that element.
 * @returns The parameter and its slots after the step.
 */
export function applyRule(rule: ElementRule, element: Element, gradient: number): Element {
  const [parameter = 0, ...slots] = element;
  const decayed = parameter - parameter * rule.decay;
  switch (rule.kind) {
    case "sgd":
      return sgd(rule, decayed, gradient, slots);
    case "adam":
      return adam(rule, decayed, gradient, slots);
    case "rmsprop":
      return rmsprop(rule, decayed, gradient, slots);
    case "adagrad":
      return adagrad(rule, decayed, gradient, slots);
  }
}

function sgd(rule: SgdRule, w: number, g: number, [momentum = 0]: readonly number[]): Element {
  const step = -rule.learningRate * g;
  if (rule.momentum === 0) return [w + step];
  const m = flush(rule.momentum * momentum + step);
  return [w + (rule.nesterov ? rule.momentum * m + step : m), m];
}

function adam(rule: AdamRule, w: number, g: number, [momentum = 0, velocity = 0, peak = 0]: readonly number[]): Element {
  const m = flush(momentum + (g - momentum) * (1 - rule.beta1));
  const v = flush(velocity + (g * g - velocity) * (1 - rule.beta2));
  const top = Math.max(peak, v);
  const next = w - (m * rule.stepSize) / (Math.sqrt(rule.amsgrad ? top : v) + rule.epsilon);
  return rule.amsgrad ? [next, m, v, top] : [next, m, v];
}

function rmsprop(rule: RmspropRule, w: number, g: number, slots: readonly number[]): Element {
  const rest = [...slots];
  const v = flush(rule.rho * (rest.shift() ?? 0) + (1 - rule.rho) * g * g);
  const momentum = rule.momentum > 0 ? [rest.shift() ?? 0] : [];
  const average = rest.map((a) => flush(rule.rho * a + (1 - rule.rho) * g));
  const spread = average.reduce((d, a) => d - a * a, v);
  const increment = (rule.learningRate * g) / Math.sqrt(spread + rule.epsilon);
  const moved = momentum.map((m) => flush(rule.momentum * m + increment));
  return [w - (moved[0] ?? increment), v, ...moved, ...average];
}

function adagrad(rule: AdagradRule, w: number, g: number, [accumulator = 0]: readonly number[]): Element {
  const a = accumulator + g * g;
  return [w - (rule.learningRate * g) / Math.sqrt(a + rule.epsilon), a];
}

/**
 * One step of row-wise Adagrad on one row, in float64.
 *
 * @param rule - The rule.
 * @param row - The parameters of the row.
 * @param accumulator - The row's mean of squared gradients, summed over the steps before.
 * @param gradient - The gradient of the row.
 * @returns Both after the step.
 */
export function applyToRow(
  rule: RowwiseAdagradRule,
  row: readonly number[],
  accumulator: number,
  gradient: readonly number[],
): { row: readonly number[]; accumulator: number } {
  const a = accumulator + gradient.reduce((sum, g) => sum + g * g, 0) / row.length;
  const rate = rule.learningRate / Math.sqrt(a + rule.epsilon);
  return { row: row.map((w, i) => w - w * rule.decay - rate * (gradient[i] as number)), accumulator: a };
}
