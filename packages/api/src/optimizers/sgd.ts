import { checkFlag } from "../check-options.ts";
import type { UpdateRule } from "../backend/rule.ts";
import { checkFraction } from "./check.ts";
import { Optimizer, optimizerOptionNames } from "./optimizer.ts";
import type { OptimizerOptions } from "./optimizer.ts";

/** Options of SGD. */
export interface SgdOptions extends OptimizerOptions {
  /** From 0 (plain gradient descent) to 1. */
  readonly momentum?: number;
  /** Looks ahead along the momentum. */
  readonly nesterov?: boolean;
}

const sgdOptionNames = [...optimizerOptionNames, "momentum", "nesterov"] as const satisfies readonly (keyof SgdOptions)[];

/** Gradient descent, with momentum on request. Formulas: SgdRule; defaults: Keras 3. */
export class SGD extends Optimizer {
  static override readonly optionNames: readonly string[] = sgdOptionNames;
  readonly className: string = "SGD";
  readonly momentum: number;
  readonly nesterov: boolean;

  /** @param options - Keras' options; learning rate 0.01, momentum 0. */
  constructor(options: SgdOptions = {}) {
    super("SGD", 0.01, options);
    this.momentum = checkFraction("momentum", options.momentum ?? 0);
    this.nesterov = checkFlag("nesterov", options.nesterov ?? false);
  }

  /** @returns The rule of one update. */
  rule(_step: number, learningRate: number, decay: number): UpdateRule {
    return { kind: "sgd", decay, learningRate, momentum: this.momentum, nesterov: this.nesterov };
  }

  /** @returns The options that make an equal optimizer again. */
  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), momentum: this.momentum, nesterov: this.nesterov };
  }
}
