import type { Model } from "../models/model.ts";

/** Named numbers of an epoch or a batch, in the order in which they were compiled. */
export type Logs = Readonly<Record<string, number>>;

/** What a training run is about. */
export interface CallbackParams {
  readonly epochs: number;
  /** Steps in an epoch. */
  readonly steps: number;
  readonly verbose: number;
  /** What the orders of the samples are drawn from; with it, a run can be taken up again. */
  readonly seed: number;
}

/** Where a run that was broken off goes on. */
export interface ResumePoint {
  /** The epoch, counted from 0. */
  readonly epoch: number;
  /** The first step of this epoch that is still to be made, counted from 0. */
  readonly step: number;
  /** The seed of the run that was broken off, so that the samples come in the same order. */
  readonly seed: number;
}

/** What happens at a batch. To tell of it keeps the next batch waiting, so `fit` does it only where a callback `watches`. */
export type BatchEvent = "onTrainBatchBegin" | "onTrainBatchEnd" | "onTestBatchEnd";

/** Something that watches and steers training. Every method may be asynchronous; training waits for it. */
export abstract class Callback {
  /** The model in training; set before the first call. */
  model!: Model;
  /** What the run is about; set before the first call. */
  params!: CallbackParams;

  /** Before the first epoch. */
  onTrainBegin(): void | Promise<void> {
    // Nothing, unless a subclass has something to do.
  }

  /**
   * Asked once, after all callbacks have begun: where to go on instead of at the first epoch.
   *
   * @returns The place, or undefined for who does not know of an earlier run.
   */
  resumePoint(): ResumePoint | undefined {
    return undefined;
  }

  /** After the last epoch. */
  onTrainEnd(_logs: Logs): void | Promise<void> {
    // Nothing, unless a subclass has something to do.
  }

  /** Before an epoch, counted from 0. */
  onEpochBegin(_epoch: number): void | Promise<void> {
    // Nothing, unless a subclass has something to do.
  }

  /** After an epoch and its validation. */
  onEpochEnd(_epoch: number, _logs: Logs): void | Promise<void> {
    // Nothing, unless a subclass has something to do.
  }

  /**
   * Whether this callback wants to be told of a batch's event; asked before each epoch. Where none does, batches overlap on backends whose
   * results take time to come back. Whoever has the method but nothing to do in it, or hands events on to other callbacks, overrides this.
   *
   * @param event - The name of the method.
   * @returns Whether the method is to be called; by default, whether it is another than that of Callback.
   */
  watches(event: BatchEvent): boolean {
    return this[event] !== Callback.prototype[event];
  }

  /** Before a step, counted from 0. */
  onTrainBatchBegin(_batch: number): void | Promise<void> {
    // Nothing, unless a subclass has something to do.
  }

  /** After a step, with the loss and metrics of the epoch so far. */
  onTrainBatchEnd(_batch: number, _logs: Logs): void | Promise<void> {
    // Nothing, unless a subclass has something to do.
  }

  /** After a batch of an epoch's validation, counted from 0, with the loss and metrics of the validation so far. */
  onTestBatchEnd(_batch: number, _logs: Logs): void | Promise<void> {
    // Nothing, unless a subclass has something to do.
  }
}
