import type { Model } from "../models/model.ts";

/** Named numbers of an epoch or a batch, in the order in which they were compiled. */
export type Logs = Readonly<Record<string, number>>;

/** What a training run is about. */
export interface CallbackParams {
  readonly epochs: number;
  /** Steps in an epoch. */
  readonly steps: number;
  readonly verbose: number;
}

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

  /** Before a step, counted from 0. */
  onTrainBatchBegin(_batch: number): void | Promise<void> {
    // Nothing, unless a subclass has something to do.
  }

  /** After a step, with the loss and metrics of the epoch so far. */
  onTrainBatchEnd(_batch: number, _logs: Logs): void | Promise<void> {
    // Nothing, unless a subclass has something to do.
  }
}
