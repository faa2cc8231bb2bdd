import { Callback } from "./callback.ts";
import type { Logs } from "./callback.ts";

/** What every epoch gave; `fit` returns one. */
export class History extends Callback {
  /** For each name one number an epoch: `loss`, the metrics, and the same of the validation with `val_` before it. */
  readonly history: Record<string, number[]> = {};
  /** The epochs that were run, counted from 0. */
  readonly epoch: number[] = [];

  /** Notes an epoch down. */
  override onEpochEnd(epoch: number, logs: Logs): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(logs)) (this.history[name] ??= []).push(value);
  }
}
