import type { UpdateRule } from "../backend/rule.ts";
import { checkFraction } from "./check.ts";
import { Optimizer, optimizerOptionNames } from "./optimizer.ts";
import type { OptimizerOptions } from "./optimizer.ts";

/** Options of Adagrad. */
export interface AdagradOptions extends OptimizerOptions {
  /** With what the sum of squared gradients starts. */
  readonly initialAccumulatorValue?: number;
  /** Added under the root. */
  readonly epsilon?: number;
}

const adagradOptionNames = [
  ...optimizerOptionNames,
  "initialAccumulatorValue",
  "epsilon",
] as const satisfies readonly (keyof AdagradOptions)[];

/** Adagrad (Duchi et al. 2011) in Keras' form. Formulas: AdagradRule; defaults: Keras 3. */
export class Adagrad extends Optimizer {
  static override readonly optionNames: readonly string[] = adagradOptionNames;
  readonly className: string = "Adagrad";
  readonly initialAccumulatorValue: number;
  readonly epsilon: number;

  /** @param options - Keras' options; learning rate 0.001, accumulator 0.1, epsilon 1e-7. */
  constructor(options: AdagradOptions = {}) {
    super(options.name ?? "adagrad", 0.001, options);
    this.initialAccumulatorValue = checkFraction("initialAccumulatorValue", options.initialAccumulatorValue ?? 0.1, Infinity);
    this.epsilon = checkFraction("epsilon", options.epsilon ?? 1e-7, Infinity);
  }

  /** @returns The rule of one update. */
  rule(_step: number, learningRate: number, decay: number): UpdateRule {
    return { kind: "adagrad", decay, learningRate, epsilon: this.epsilon };
  }

  protected override slotStart(): number {
    return this.initialAccumulatorValue;
  }

  /** @returns The options that make an equal optimizer again. */
  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), initialAccumulatorValue: this.initialAccumulatorValue, epsilon: this.epsilon };
  }
}
