import { Callback } from "@rowan/api";
import type { Logs } from "@rowan/api";
import { breathe } from "../element.ts";

/** How long the page may stand still at once, in milliseconds. */
const pieceMs = 24;
/** How often the projection follows, in milliseconds. */
const showMs = 150;

/** Where a training tells what it does. */
export interface Watcher {
  /** Ends the training after the step at hand. */
  readonly signal: AbortSignal;
  /** After each step. */
  onLoss(loss: number): void;
  /** In words, after each epoch. */
  onState(text: string): void;
}

/** Lets the page live while a model learns, shows the rows now and then, and stops when asked to. */
export class LiveCallback extends Callback {
  readonly #watcher: Watcher;
  readonly #show: () => Promise<void>;
  readonly #describe: (logs: Logs) => string;
  #epoch = 0;
  #breathed = performance.now();
  #shown = performance.now();
  #total = 0;

  /**
   * Watches a training.
   *
   * @param watcher - Who is told.
   * @param show - Reads the rows and shows them.
   * @param describe - What an epoch's numbers mean.
   */
  constructor(watcher: Watcher, show: () => Promise<void>, describe: (logs: Logs) => string) {
    super();
    this.#watcher = watcher;
    this.#show = show;
    this.#describe = describe;
  }

  override onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
    this.#total = 0;
  }

  override async onTrainBatchEnd(batch: number, logs: Logs): Promise<void> {
    // Keras' logs are averages of the epoch so far; the curve shall show the step.
    const total = (logs["loss"] ?? NaN) * (batch + 1);
    this.#watcher.onLoss(Math.max(0, total - this.#total));
    this.#total = total;
    if (this.#watcher.signal.aborted) this.model.stopTraining = true;
    const now = performance.now();
    if (now - this.#shown > showMs) {
      await this.#show();
      this.#shown = performance.now();
    }
    if (now - this.#breathed > pieceMs) {
      await breathe();
      this.#breathed = performance.now();
    }
  }

  override onEpochEnd(_epoch: number, logs: Logs): void {
    this.#watcher.onState(`Epoch ${this.#epoch + 1} of ${this.params.epochs}: ${this.#describe(logs)}`);
  }
}
