import type { AdagradRule, AdamRule, RmspropRule, SgdRule, UpdateRule } from "@rowan/api";

/** A parameter and its slots at one element: `[w, ...slots]`, in the order of `slotNames`. */
type Element = readonly number[];

/**
 * One step of a rule at one element, in float64.
 *
 * @param rule - The rule.
 * @param element - The parameter and its slots before the step.
 * @param gradient - The gradient at that element.
 * @returns The parameter and its slots after the step.
 */
export function applyRule(rule: UpdateRule, element: Element, gradient: number): Element {
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
  const m = rule.momentum * momentum + step;
  return [w + (rule.nesterov ? rule.momentum * m + step : m), m];
}

function adam(rule: AdamRule, w: number, g: number, [momentum = 0, velocity = 0, peak = 0]: readonly number[]): Element {
  const m = momentum + (g - momentum) * (1 - rule.beta1);
  const v = velocity + (g * g - velocity) * (1 - rule.beta2);
  const top = Math.max(peak, v);
  const next = w - (m * rule.stepSize) / (Math.sqrt(rule.amsgrad ? top : v) + rule.epsilon);
  return rule.amsgrad ? [next, m, v, top] : [next, m, v];
}

function rmsprop(rule: RmspropRule, w: number, g: number, slots: readonly number[]): Element {
  const rest = [...slots];
  const v = rule.rho * (rest.shift() ?? 0) + (1 - rule.rho) * g * g;
  const momentum = rule.momentum > 0 ? [rest.shift() ?? 0] : [];
  const average = rest.map((a) => rule.rho * a + (1 - rule.rho) * g);
  const spread = average.reduce((d, a) => d - a * a, v);
  const increment = (rule.learningRate * g) / Math.sqrt(spread + rule.epsilon);
  const moved = momentum.map((m) => rule.momentum * m + increment);
  return [w - (moved[0] ?? increment), v, ...moved, ...average];
}

function adagrad(rule: AdagradRule, w: number, g: number, [accumulator = 0]: readonly number[]): Element {
  const a = accumulator + g * g;
  return [w - (rule.learningRate * g) / Math.sqrt(a + rule.epsilon), a];
}
