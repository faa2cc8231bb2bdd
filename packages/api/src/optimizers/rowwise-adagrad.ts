import type { UpdateRule } from "../backend/rule.ts";
import { Adagrad } from "./adagrad.ts";
import type { AdagradOptions } from "./adagrad.ts";

/**
 * Adagrad with one accumulator for each row of a table instead of one for each value: a table of `[rows, dim]` keeps `rows` numbers.
 * Formulas: RowwiseAdagradRule. FBGEMM has it as EXACT_ROWWISE_ADAGRAD; Keras does not have it. Defaults: those of Keras' Adagrad.
 *
 * @example
 * model.compile({ optimizer: new RowwiseAdagrad({ learningRate: 0.05 }), loss: "mse" });
 */
export class RowwiseAdagrad extends Adagrad {
  override readonly className: string = "RowwiseAdagrad";

  /** @param options - As Adagrad. */
  constructor(options: AdagradOptions = {}) {
    super({ ...options, name: options.name ?? "rowwise_adagrad" });
  }

  /** @returns The rule of one update. */
  override rule(_step: number, learningRate: number, decay: number): UpdateRule {
    return { kind: "rowwiseAdagrad", decay, learningRate, epsilon: this.epsilon };
  }
}
