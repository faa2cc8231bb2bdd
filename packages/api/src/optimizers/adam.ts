import { checkFlag } from "../check-options.ts";
import type { UpdateRule } from "../backend/rule.ts";
import { InvalidArgumentError } from "../errors.ts";
import { checkDecay, checkFraction } from "./check.ts";
import { Optimizer, optimizerOptionNames } from "./optimizer.ts";
import type { OptimizerOptions } from "./optimizer.ts";

/** Options of Adam and AdamW. */
export interface AdamOptions extends OptimizerOptions {
  /** Decay of the first moment. */
  readonly beta1?: number;
  /** Decay of the second moment. */
  readonly beta2?: number;
  /** Added to sqrt(v), which is not bias-corrected: the "epsilon hat" of Kingma and Ba, section 2. */
  readonly epsilon?: number;
  /** Divides by the largest second moment so far (Reddi et al. 2018). */
  readonly amsgrad?: boolean;
}

const adamOptionNames = [...optimizerOptionNames, "beta1", "beta2", "epsilon", "amsgrad"] as const satisfies readonly (keyof AdamOptions)[];

/** Adam (Kingma and Ba 2014) in Keras' form. Formulas: AdamRule; defaults: Keras 3. */
export class Adam extends Optimizer {
  static override readonly optionNames: readonly string[] = adamOptionNames;
  readonly className: string = "Adam";
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly amsgrad: boolean;

  /** @param options - Keras' options; learning rate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7. */
  constructor(options: AdamOptions = {}) {
    super(options.name ?? "adam", 0.001, options);
    this.beta1 = checkDecay("beta1", options.beta1 ?? 0.9);
    this.beta2 = checkDecay("beta2", options.beta2 ?? 0.999);
    this.epsilon = checkFraction("epsilon", options.epsilon ?? 1e-7, Infinity);
    this.amsgrad = checkFlag("amsgrad", options.amsgrad ?? false);
  }

  /** @returns The rule of one update. */
  rule(step: number, learningRate: number, decay: number): UpdateRule {
    const { beta1, beta2, epsilon, amsgrad } = this;
    return { kind: "adam", decay, stepSize: adamStepSize(step, learningRate, beta1, beta2), beta1, beta2, epsilon, amsgrad };
  }

  /** @returns The options that make an equal optimizer again. */
  override getConfig(): Record<string, unknown> {
    const { beta1, beta2, epsilon, amsgrad } = this;
    return { ...super.getConfig(), beta1, beta2, epsilon, amsgrad };
  }
}

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019), 0.004 unless given. */
export class AdamW extends Adam {
  override readonly className: string = "AdamW";

  /** @param options - As Adam; weightDecay 0.004. */
  constructor(options: AdamOptions = {}) {
    super(withDecay(options));
  }
}

function withDecay(options: AdamOptions): AdamOptions {
  // What is no object is left for Adam to refuse.
  if (typeof options !== "object") return options;
  if (options.weightDecay === null) {
    throw new InvalidArgumentError("`weightDecay` of AdamW must be a non-negative number. Received: weightDecay=null. Use Adam for none.");
  }
  return { ...options, name: options.name ?? "adamw", weightDecay: options.weightDecay ?? 0.004 };
}

/**
 * `lr * sqrt(1 - beta2^t) / (1 - beta1^t)` in float32, as Keras computes it: at t = 1 the float32 powers differ from the exact
 * ones in the sixth digit, and users compare digits.
 *
 * @param step - The number of the update, from 1.
 * @param learningRate - The rate.
 * @param beta1 - Decay of the first moment.
 * @param beta2 - Decay of the second moment.
 * @returns The step size.
 */
export function adamStepSize(step: number, learningRate: number, beta1: number, beta2: number): number {
  const f = Math.fround;
  const power1 = f(Math.pow(f(beta1), step));
  const power2 = f(Math.pow(f(beta2), step));
  return f(f(f(learningRate) * f(Math.sqrt(f(1 - power2)))) / f(1 - power1));
}
