import type { UpdateRule } from "@rowan/api";
import type { ParameterType } from "../gpu/kernel.ts";

/** What of a rule changes the code of its kernel; the rest are numbers. */
export type RuleForm =
  "sgd" | "momentum" | "nesterov" | "adam" | "amsgrad" | "rmsprop" | "rmspropMomentum" | "rmspropCentered" | "rmspropBoth" | "adagrad";

/** A rule in WGSL: for one element `w` with gradient `g`, and slots `s0`, `s1`, … */
export interface RuleCode {
  readonly slots: number;
  readonly parameters: Readonly<Record<string, ParameterType>>;
  readonly body: string;
}

const rates = { decay: "f32", rate: "f32", epsilon: "f32" } as const;

function rmsprop(momentum: boolean, centered: boolean): RuleCode {
  const average = momentum ? "s2" : "s1";
  return {
    slots: 1 + Number(momentum) + Number(centered),
    parameters: { ...rates, rho: "f32", fresh: "f32", momentum: "f32" },
    body: /* wgsl */ `
  s0 = flush(p.rho * s0 + p.fresh * g * g);
  var spread = s0;
  ${centered ? `${average} = flush(p.rho * ${average} + p.fresh * g); spread -= ${average} * ${average};` : ""}
  var delta = p.rate * g / sqrt(spread + p.epsilon);
  ${momentum ? "s1 = flush(p.momentum * s1 + delta); delta = s1;" : ""}
  w -= delta;`,
  };
}

function momentum(nesterov: boolean): RuleCode {
  return {
    slots: 1,
    parameters: { ...rates, momentum: "f32" },
    body: /* wgsl */ `
  s0 = flush(p.momentum * s0 - p.rate * g);
  w += ${nesterov ? "p.momentum * s0 - p.rate * g" : "s0"};`,
  };
}

function adam(amsgrad: boolean): RuleCode {
  return {
    slots: amsgrad ? 3 : 2,
    parameters: { ...rates, fresh1: "f32", fresh2: "f32" },
    body: /* wgsl */ `
  s0 = flush(s0 + (g - s0) * p.fresh1);
  s1 = flush(s1 + (g * g - s1) * p.fresh2);
  ${amsgrad ? "s2 = exact_max(s2, s1);" : ""}
  w -= s0 * p.rate / (sqrt(${amsgrad ? "s2" : "s1"}) + p.epsilon);`,
  };
}

/** Every rule of one element; row-wise Adagrad, which needs whole rows, has a kernel of its own. */
export const ruleCodes: Readonly<Record<RuleForm, RuleCode>> = {
  sgd: { slots: 0, parameters: rates, body: "w -= p.rate * g;" },
  momentum: momentum(false),
  nesterov: momentum(true),
  adam: adam(false),
  amsgrad: adam(true),
  rmsprop: rmsprop(false, false),
  rmspropMomentum: rmsprop(true, false),
  rmspropCentered: rmsprop(false, true),
  rmspropBoth: rmsprop(true, true),
  adagrad: { slots: 1, parameters: rates, body: "s0 += g * g;\n  w -= p.rate * g / sqrt(s0 + p.epsilon);" },
};

/** Momenta that decay freely would become denormal numbers, which are slow. */
export const flushFunction = /* wgsl */ `
fn flush(x: f32) -> f32 { return select(x, 0.0, abs(x) < 1e-38); }
`;

/**
 * The form of a rule, and its numbers in the order of the code's parameters.
 *
 * @param rule - Any rule but row-wise Adagrad.
 * @returns Both; differences such as `1 - beta` are taken in float64.
 */
export function formOf(rule: Exclude<UpdateRule, { kind: "rowwiseAdagrad" }>): { form: RuleForm; numbers: readonly number[] } {
  switch (rule.kind) {
    case "sgd": {
      const form = rule.momentum > 0 ? (rule.nesterov ? "nesterov" : "momentum") : "sgd";
      return { form, numbers: [rule.decay, rule.learningRate, 0, ...(form === "sgd" ? [] : [rule.momentum])] };
    }
    case "adam":
      return {
        form: rule.amsgrad ? "amsgrad" : "adam",
        numbers: [rule.decay, rule.stepSize, rule.epsilon, 1 - rule.beta1, 1 - rule.beta2],
      };
    case "rmsprop": {
      const hasMomentum = rule.momentum > 0;
      const form = hasMomentum ? (rule.centered ? "rmspropBoth" : "rmspropMomentum") : rule.centered ? "rmspropCentered" : "rmsprop";
      return { form, numbers: [rule.decay, rule.learningRate, rule.epsilon, rule.rho, 1 - rule.rho, rule.momentum] };
    }
    case "adagrad":
      return { form: "adagrad", numbers: [rule.decay, rule.learningRate, rule.epsilon] };
  }
}
