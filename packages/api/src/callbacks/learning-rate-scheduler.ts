import { checkOptions } from "../check-options.ts";
import { InvalidArgumentError, describeValue } from "../errors.ts";
import { currentPrinter } from "../printer.ts";
import { Callback } from "./callback.ts";
import type { Logs } from "./callback.ts";
import { noteLearningRate, plainLearningRate } from "./learning-rate.ts";

/** The learning rate of an epoch, from its number (counted from 0) and the rate so far. */
export type EpochSchedule = (epoch: number, learningRate: number) => number;

/** Options of LearningRateScheduler. */
export interface LearningRateSchedulerOptions {
  readonly schedule: EpochSchedule;
  /** 1 prints the rate of each epoch. */
  readonly verbose?: 0 | 1;
}

/** Sets the learning rate before each epoch; after keras/src/callbacks/learning_rate_scheduler.py. */
export class LearningRateScheduler extends Callback {
  readonly schedule: EpochSchedule;
  readonly verbose: number;

  /** @param options - `schedule`, `verbose`; a bare function is the schedule. */
  constructor(options: LearningRateSchedulerOptions | EpochSchedule) {
    super();
    const given = typeof options === "function" ? { schedule: options } : options;
    checkOptions("LearningRateScheduler", given, "{ schedule: (epoch, rate) => rate * 0.9 }", ["schedule", "verbose"]);
    this.schedule = given.schedule;
    this.verbose = given.verbose ?? 0;
  }

  /**
   * Sets the rate of an epoch.
   *
   * @throws InvalidArgumentError when the schedule gives no non-negative number, or the optimizer has a schedule of its own.
   */
  override onEpochBegin(epoch: number): void {
    const rate = this.schedule(epoch, plainLearningRate(this.model, "LearningRateScheduler"));
    if (typeof rate !== "number" || !(rate >= 0)) {
      throw new InvalidArgumentError(`The \`schedule\` function must return a non-negative number. Received: ${describeValue(rate)}.`);
    }
    this.model.optimizer.learningRate = rate;
    if (this.verbose > 0) currentPrinter().write(`\nEpoch ${epoch + 1}: LearningRateScheduler setting learning rate to ${rate}.\n`);
  }

  /** Notes the rate in the history, as `learning_rate`. */
  override onEpochEnd(_epoch: number, logs: Logs): void {
    noteLearningRate(this.model, logs);
  }
}
