import { checkOptions } from "../check-options.ts";
import type { Loss } from "../losses/loss.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { MeanAbsoluteError as MeanAbsoluteErrorLoss, MeanSquaredError as MeanSquaredErrorLoss } from "../losses/regression.ts";
import { Metric } from "./metric.ts";

/** A loss, watched as a metric. */
export class LossMetric extends Metric {
  readonly className: string;
  readonly loss: Loss;

  /**
   * @param loss - What each sample costs.
   * @param name - The name in logs; the loss' name when left out.
   */
  constructor(loss: Loss, name?: string) {
    super(name ?? loss.name);
    this.loss = loss;
    this.className = loss.className;
  }

  /** A smaller loss is better. */
  override get direction(): "down" {
    return "down";
  }

  /** @returns The loss of each sample. */
  call(yTrue: Tensor, yPred: Tensor): Tensor {
    return this.loss.call(yTrue, yPred);
  }

  /** @returns The loss' options under this metric's name. */
  override getConfig(): Record<string, unknown> {
    // A metric averages over samples, whatever its loss does with a batch.
    const { reduction: _reduction, ...config } = this.loss.getConfig();
    return { ...config, name: this.name };
  }
}

/** The mean of squared differences, as a metric. */
export class MeanSquaredErrorMetric extends LossMetric {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = ["name"];

  /** @param options - `name`. */
  constructor(options: { readonly name?: string } = {}) {
    super(new MeanSquaredErrorLoss(), options.name);
    checkOptions("MeanSquaredError", options, '{ name: "error" }', MeanSquaredErrorMetric.optionNames);
  }
}

/** The mean of absolute differences, as a metric. */
export class MeanAbsoluteErrorMetric extends LossMetric {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = ["name"];

  /** @param options - `name`. */
  constructor(options: { readonly name?: string } = {}) {
    super(new MeanAbsoluteErrorLoss(), options.name);
    checkOptions("MeanAbsoluteError", options, '{ name: "error" }', MeanAbsoluteErrorMetric.optionNames);
  }
}
