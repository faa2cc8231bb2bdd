import { checkOptions } from "../check-options.ts";
import { InvalidArgumentError, describeValue } from "../errors.ts";
import { currentPrinter } from "../printer.ts";
import { warnOnce } from "../warnings.ts";
import { Callback } from "./callback.ts";
import type { Logs } from "./callback.ts";
import { noteLearningRate, plainLearningRate } from "./learning-rate.ts";
import { checkMode, isLargerBetter, monitoredValue } from "./monitor.ts";
import type { MonitorMode } from "./monitor.ts";

/** Options of ReduceLROnPlateau. */
export interface ReduceLROnPlateauOptions {
  /** The name in the logs; `"val_loss"` when left out. */
  readonly monitor?: string;
  /** What the learning rate is multiplied by, below 1; 0.1 when left out. */
  readonly factor?: number;
  /** How many epochs without better values are borne; 10 when left out. */
  readonly patience?: number;
  readonly verbose?: 0 | 1;
  /** What better means; `"auto"`: what the metric of that name says. */
  readonly mode?: MonitorMode;
  /** The least change that counts as better; 0.0001 when left out. */
  readonly minDelta?: number;
  /** How many epochs after a reduction do not count. */
  readonly cooldown?: number;
  /** The rate below which nothing is reduced. */
  readonly minLr?: number;
}

const optionNames = [
  "monitor",
  "factor",
  "patience",
  "verbose",
  "mode",
  "minDelta",
  "cooldown",
  "minLr",
] as const satisfies readonly (keyof ReduceLROnPlateauOptions)[];

/** Lowers the learning rate when a value stops getting better; after keras/src/callbacks/reduce_lr_on_plateau.py. */
export class ReduceLROnPlateau extends Callback {
  readonly monitor: string;
  readonly factor: number;
  readonly patience: number;
  readonly verbose: number;
  readonly mode: MonitorMode;
  readonly minDelta: number;
  readonly cooldown: number;
  readonly minLr: number;
  /** The best value so far. */
  best: number | undefined;
  #wait = 0;
  #cooling = 0;

  /**
   * @param options - As in Keras.
   * @throws InvalidArgumentError when `factor` is not below 1.
   */
  constructor(options: ReduceLROnPlateauOptions = {}) {
    super();
    checkOptions("ReduceLROnPlateau", options, '{ monitor: "loss" }', optionNames);
    this.monitor = options.monitor ?? "val_loss";
    this.factor = options.factor ?? 0.1;
    if (!(this.factor < 1)) {
      throw new InvalidArgumentError(`ReduceLROnPlateau does not support a factor >= 1.0. Received: factor=${describeValue(this.factor)}.`);
    }
    this.patience = options.patience ?? 10;
    this.verbose = options.verbose ?? 0;
    this.mode = checkMode(options.mode ?? "auto");
    this.minDelta = Math.abs(options.minDelta ?? 1e-4);
    this.cooldown = options.cooldown ?? 0;
    this.minLr = options.minLr ?? 0;
  }

  /** Starts afresh, so that one callback serves several runs. */
  override onTrainBegin(): void {
    this.best = undefined;
    this.#wait = 0;
    this.#cooling = 0;
  }

  /** Compares and decides. */
  override onEpochEnd(epoch: number, logs: Logs): void {
    const current = monitoredValue(logs, this.monitor);
    noteLearningRate(this.model, logs);
    if (current === undefined) {
      warnOnce(
        `Learning rate reduction is conditioned on metric \`${this.monitor}\` which is not available. Available metrics are: ${Object.keys(logs).join(",")}.`,
      );
      return;
    }
    if (this.#cooling > 0) {
      this.#cooling--;
      this.#wait = 0;
    }
    if (this.#isBetter(current)) {
      this.best = current;
      this.#wait = 0;
    } else if (this.#cooling === 0 && ++this.#wait >= this.patience) {
      this.#reduce(epoch);
    }
  }

  #isBetter(value: number): boolean {
    const isLarger = isLargerBetter(this.monitor, this.mode, this.model);
    if (this.best === undefined) return true;
    return isLarger ? value - this.minDelta > this.best : value + this.minDelta < this.best;
  }

  #reduce(epoch: number): void {
    const before = plainLearningRate(this.model, "ReduceLROnPlateau");
    if (before <= this.minLr) return;
    const after = Math.max(before * this.factor, this.minLr);
    this.model.optimizer.learningRate = after;
    if (this.verbose > 0) currentPrinter().write(`\nEpoch ${epoch + 1}: ReduceLROnPlateau reducing learning rate to ${after}.\n`);
    this.#cooling = this.cooldown;
    this.#wait = 0;
  }
}
