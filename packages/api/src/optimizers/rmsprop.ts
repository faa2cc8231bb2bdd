import { checkFlag } from "../check-options.ts";
import type { UpdateRule } from "../backend/rule.ts";
import { checkDecay, checkFraction } from "./check.ts";
import { Optimizer, optimizerOptionNames } from "./optimizer.ts";
import type { OptimizerOptions } from "./optimizer.ts";

/** Options of RMSprop. */
export interface RmspropOptions extends OptimizerOptions {
  /** Decay of the mean of squared gradients. */
  readonly rho?: number;
  readonly momentum?: number;
  /** Added under the root. */
  readonly epsilon?: number;
  /** Divides by the deviation instead of the size of the gradient. */
  readonly centered?: boolean;
}

const rmspropOptionNames = [
  ...optimizerOptionNames,
  "rho",
  "momentum",
  "epsilon",
  "centered",
] as const satisfies readonly (keyof RmspropOptions)[];

/** RMSprop (Tieleman and Hinton 2012) in Keras' form. Formulas: RmspropRule; defaults: Keras 3. */
export class RMSprop extends Optimizer {
  static override readonly optionNames: readonly string[] = rmspropOptionNames;
  readonly className: string = "RMSprop";
  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;

  /** @param options - Keras' options; learning rate 0.001, rho 0.9, momentum 0, epsilon 1e-7. */
  constructor(options: RmspropOptions = {}) {
    super("rmsprop", 0.001, options);
    this.rho = checkDecay("rho", options.rho ?? 0.9);
    this.momentum = checkFraction("momentum", options.momentum ?? 0);
    this.epsilon = checkFraction("epsilon", options.epsilon ?? 1e-7, Infinity);
    this.centered = checkFlag("centered", options.centered ?? false);
  }

  /** @returns The rule of one update. */
  rule(_step: number, learningRate: number, decay: number): UpdateRule {
    const { rho, momentum, epsilon, centered } = this;
    return { kind: "rmsprop", decay, learningRate, rho, momentum, epsilon, centered };
  }

  /** @returns The options that make an equal optimizer again. */
  override getConfig(): Record<string, unknown> {
    const { rho, momentum, epsilon, centered } = this;
    return { ...super.getConfig(), rho, momentum, epsilon, centered };
  }
}
