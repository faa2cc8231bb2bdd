import { checkFlag, checkOptions } from "../check-options.ts";
import { currentPrinter } from "../printer.ts";
import type { NDArray } from "../tensor/ndarray.ts";
import { warnOnce } from "../warnings.ts";
import { Callback } from "./callback.ts";
import type { Logs } from "./callback.ts";
import { checkMode, isLargerBetter, monitoredValue } from "./monitor.ts";
import type { MonitorMode } from "./monitor.ts";

/** Options of EarlyStopping. */
export interface EarlyStoppingOptions {
  /** The name in the logs; `"val_loss"` when left out. */
  readonly monitor?: string;
  /** The least change that counts as better. */
  readonly minDelta?: number;
  /** How many epochs without better values are borne. */
  readonly patience?: number;
  readonly verbose?: 0 | 1;
  /** What better means; `"auto"`: what the metric of that name says. */
  readonly mode?: MonitorMode;
  /** A value that must be beaten before patience is restored. */
  readonly baseline?: number | null;
  /** At the end, the weights of the best epoch come back. */
  readonly restoreBestWeights?: boolean;
  /** Epochs before this one do not count. */
  readonly startFromEpoch?: number;
}

const optionNames = [
  "monitor",
  "minDelta",
  "patience",
  "verbose",
  "mode",
  "baseline",
  "restoreBestWeights",
  "startFromEpoch",
] as const satisfies readonly (keyof EarlyStoppingOptions)[];

/** Stops training when a value stops getting better; after keras/src/callbacks/early_stopping.py. */
export class EarlyStopping extends Callback {
  readonly monitor: string;
  readonly minDelta: number;
  readonly patience: number;
  readonly verbose: number;
  readonly mode: MonitorMode;
  readonly baseline: number | null;
  readonly restoreBestWeights: boolean;
  readonly startFromEpoch: number;
  /** The epoch at which training was stopped, from 0; 0 when it was not. */
  stoppedEpoch = 0;
  /** The best value so far. */
  best: number | undefined;
  /** The epoch of the best value, from 0. */
  bestEpoch = 0;
  /** The number of epochs since patience was restored. */
  wait = 0;
  #bestWeights: NDArray[] | undefined;

  /** @param options - As in Keras. */
  constructor(options: EarlyStoppingOptions = {}) {
    super();
    checkOptions("EarlyStopping", options, '{ monitor: "loss" }', optionNames);
    this.monitor = options.monitor ?? "val_loss";
    this.minDelta = Math.abs(options.minDelta ?? 0);
    this.patience = options.patience ?? 0;
    this.verbose = options.verbose ?? 0;
    this.mode = checkMode(options.mode ?? "auto");
    this.baseline = options.baseline ?? null;
    this.restoreBestWeights = checkFlag("restoreBestWeights", options.restoreBestWeights ?? false);
    this.startFromEpoch = options.startFromEpoch ?? 0;
  }

  /** Starts afresh, so that one callback serves several runs. */
  override onTrainBegin(): void {
    this.wait = 0;
    this.stoppedEpoch = 0;
    this.best = undefined;
    this.bestEpoch = 0;
    this.#bestWeights = undefined;
  }

  /** Compares and decides. */
  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const current = monitoredValue(logs, this.monitor);
    if (current === undefined) {
      warnOnce(
        `Early stopping conditioned on metric \`${this.monitor}\` which is not available. Available metrics are: ${Object.keys(logs).join(",")}.`,
      );
      return;
    }
    if (epoch < this.startFromEpoch) return;
    if (this.restoreBestWeights && !this.#bestWeights) {
      this.#bestWeights = await this.model.getWeights();
      this.bestEpoch = epoch;
    }
    this.wait++;
    if (this.#isBetter(current, this.best)) {
      this.best = current;
      this.bestEpoch = epoch;
      if (this.restoreBestWeights) this.#bestWeights = await this.model.getWeights();
      if (this.baseline === null || this.#isBetter(current, this.baseline)) this.wait = 0;
      return;
    }
    if (this.wait >= this.patience && epoch > 0) {
      this.stoppedEpoch = epoch;
      this.model.stopTraining = true;
    }
  }

  /** Brings the best weights back, if asked to. */
  override async onTrainEnd(): Promise<void> {
    if (this.stoppedEpoch > 0 && this.verbose > 0) currentPrinter().write(`Epoch ${this.stoppedEpoch + 1}: early stopping\n`);
    if (!this.#bestWeights) return;
    if (this.verbose > 0) currentPrinter().write(`Restoring model weights from the end of the best epoch: ${this.bestEpoch + 1}.\n`);
    await this.model.setWeights(this.#bestWeights);
  }

  #isBetter(value: number, reference: number | undefined): boolean {
    const isLarger = isLargerBetter(this.monitor, this.mode, this.model);
    if (reference === undefined) return true;
    return isLarger ? value - this.minDelta > reference : value + this.minDelta < reference;
  }
}
