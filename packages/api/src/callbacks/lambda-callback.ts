import { checkOptions } from "../check-options.ts";
import { Callback } from "./callback.ts";
import type { BatchEvent, Logs } from "./callback.ts";

/** Functions in place of a Callback's methods. */
export type LambdaOptions = Partial<
  Pick<Callback, "onTrainBegin" | "onTrainEnd" | "onEpochBegin" | "onEpochEnd" | "onTrainBatchBegin" | "onTrainBatchEnd" | "onTestBatchEnd">
>;

const optionNames = [
  "onTrainBegin",
  "onTrainEnd",
  "onEpochBegin",
  "onEpochEnd",
  "onTrainBatchBegin",
  "onTrainBatchEnd",
  "onTestBatchEnd",
] as const satisfies readonly (keyof LambdaOptions)[];

/** A callback made of functions. */
export class LambdaCallback extends Callback {
  readonly #options: LambdaOptions;

  /** @param options - The functions; those left out do nothing. */
  constructor(options: LambdaOptions) {
    super();
    checkOptions("LambdaCallback", options, "{ onEpochEnd: (epoch, logs) => { ... } }", optionNames);
    this.#options = options;
  }

  /** @returns Whether there is a function for it, or a subclass has a method of its own. */
  override watches(event: BatchEvent): boolean {
    return this.#options[event] !== undefined || this[event] !== LambdaCallback.prototype[event];
  }

  /** Before the first epoch. */
  override onTrainBegin(): void | Promise<void> {
    return this.#options.onTrainBegin?.();
  }

  /** After the last epoch. */
  override onTrainEnd(logs: Logs): void | Promise<void> {
    return this.#options.onTrainEnd?.(logs);
  }

  /** Before an epoch. */
  override onEpochBegin(epoch: number): void | Promise<void> {
    return this.#options.onEpochBegin?.(epoch);
  }

  /** After an epoch and its validation. */
  override onEpochEnd(epoch: number, logs: Logs): void | Promise<void> {
    return this.#options.onEpochEnd?.(epoch, logs);
  }

  /** Before a step. */
  override onTrainBatchBegin(batch: number): void | Promise<void> {
    return this.#options.onTrainBatchBegin?.(batch);
  }

  /** After a step. */
  override onTrainBatchEnd(batch: number, logs: Logs): void | Promise<void> {
    return this.#options.onTrainBatchEnd?.(batch, logs);
  }

  /** After a batch of an epoch's validation. */
  override onTestBatchEnd(batch: number, logs: Logs): void | Promise<void> {
    return this.#options.onTestBatchEnd?.(batch, logs);
  }
}
