import { currentPrinter } from "../printer.ts";
import { Callback } from "./callback.ts";
import type { Logs } from "./callback.ts";

/** Stops training as soon as the loss is NaN or infinite. */
export class TerminateOnNaN extends Callback {
  /** Looks at the loss of a step. */
  override onTrainBatchEnd(batch: number, logs: Logs): void {
    const { loss } = logs as { loss?: number };
    if (loss === undefined || Number.isFinite(loss)) return;
    currentPrinter().write(`Batch ${batch}: Invalid loss, terminating training\n`);
    this.model.stopTraining = true;
  }
}
