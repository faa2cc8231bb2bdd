import {
  Callback,
  InvalidArgumentError,
  checkFlag,
  checkMode,
  checkOptions,
  currentPrinter,
  describeValue,
  isLargerBetter,
  monitoredValue,
} from "@rowan/api";
import type { BatchEvent, Logs, MonitorMode } from "@rowan/api";
import { saveCheckpoint } from "../checkpoint/save.ts";
import type { SaveOptions } from "../checkpoint/save.ts";
import { fileName } from "./file-name.ts";

/** Options of ModelCheckpoint. */
export interface ModelCheckpointOptions {
  /** Where to; may have fields: `"model-{epoch:02d}-{val_loss:.2f}.rowan"`. */
  readonly filepath: string;
  /** The name in the logs; `"val_loss"` when left out. */
  readonly monitor?: string;
  readonly verbose?: 0 | 1;
  /** Saves only where what is monitored got better. */
  readonly saveBestOnly?: boolean;
  /** Leaves out how the model was compiled, and the state of the optimizer. */
  readonly saveWeightsOnly?: boolean;
  /** What better means; `"auto"`: what the metric of that name says. */
  readonly mode?: MonitorMode;
  /** After each epoch (`"epoch"`), or after so many batches. */
  readonly saveFreq?: "epoch" | number;
  /** A value that must be beaten before anything is saved, with `saveBestOnly`. */
  readonly initialValueThreshold?: number | null;
  /** What is saved beside the model. */
  readonly save?: Pick<SaveOptions, "vocabulary" | "metadata" | "compression" | "shardBytes">;
}

const optionNames = [
  "filepath",
  "monitor",
  "verbose",
  "saveBestOnly",
  "saveWeightsOnly",
  "mode",
  "saveFreq",
  "initialValueThreshold",
  "save",
] as const satisfies readonly (keyof ModelCheckpointOptions)[];

/** Saves the model in training, after each epoch or now and then; after keras/src/callbacks/model_checkpoint.py. */
export class ModelCheckpoint extends Callback {
  readonly filepath: string;
  readonly monitor: string;
  readonly saveBestOnly: boolean;
  readonly saveFreq: "epoch" | number;
  /** The best value so far. */
  best: number | undefined;
  readonly #options: ModelCheckpointOptions;
  readonly #saveWeightsOnly: boolean;
  readonly #mode: MonitorMode;
  #epoch = 0;
  #batches = 0;

  /** @param options - As in Keras; `filepath` is needed. */
  constructor(options: ModelCheckpointOptions) {
    super();
    checkOptions("ModelCheckpoint", options, '{ filepath: "model.rowan" }', optionNames);
    const { filepath, monitor = "val_loss", saveBestOnly = false, saveWeightsOnly = false } = options;
    const { saveFreq = "epoch", mode = "auto", initialValueThreshold } = options;
    if (typeof filepath !== "string" || filepath === "") {
      throw new InvalidArgumentError(`\`filepath\` must be a path. Received: filepath=${describeValue(filepath)}.`);
    }
    this.filepath = filepath;
    this.monitor = monitor;
    this.saveBestOnly = checkFlag("saveBestOnly", saveBestOnly);
    this.#saveWeightsOnly = checkFlag("saveWeightsOnly", saveWeightsOnly);
    this.saveFreq = checkSaveFreq(saveFreq);
    this.best = initialValueThreshold ?? undefined;
    this.#mode = checkMode(mode);
    this.#options = options;
  }

  /** Notes which epoch it is. */
  override onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
  }

  /** @returns False for the end of a batch where epochs are counted, unless a subclass has something to do there. */
  override watches(event: BatchEvent): boolean {
    if (event === "onTrainBatchEnd" && this.saveFreq === "epoch") return this[event] !== ModelCheckpoint.prototype[event];
    return super.watches(event);
  }

  /** Saves, where batches are counted. */
  override async onTrainBatchEnd(batch: number, logs: Logs): Promise<void> {
    if (this.saveFreq === "epoch" || ++this.#batches % this.saveFreq !== 0) return;
    await this.#save(logs, batch);
  }

  /** Saves, where epochs are counted. */
  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    this.#epoch = epoch;
    if (this.saveFreq === "epoch") await this.#save(logs);
  }

  async #save(logs: Logs, batch?: number): Promise<void> {
    const path = fileName(this.filepath, logs, { epoch: this.#epoch + 1, ...(batch !== undefined && { batch: batch + 1 }) });
    if (this.saveBestOnly && !this.#isBetter(logs, path)) return;
    const { save = {}, verbose = 0 } = this.#options;
    if (verbose > 0 && !this.saveBestOnly) currentPrinter().write(`\nEpoch ${this.#epoch + 1}: saving model to ${path}\n`);
    await saveCheckpoint(this.model, path, { ...save, compile: !this.#saveWeightsOnly, optimizer: !this.#saveWeightsOnly });
  }

  #isBetter(logs: Logs, path: string): boolean {
    const current = monitoredValue(logs, this.monitor);
    if (current === undefined) {
      throw new InvalidArgumentError(
        `\`monitor\` must be in the logs, with saveBestOnly. Received: monitor=${describeValue(this.monitor)}, where the logs have ${Object.keys(logs).join(", ")}. Pass validation data, or monitor "loss".`,
      );
    }
    const { best } = this;
    const isBetter = best === undefined || (isLargerBetter(this.monitor, this.#mode, this.model) ? current > best : current < best);
    const { verbose = 0 } = this.#options;
    const start = `\nEpoch ${this.#epoch + 1}: ${this.monitor}`;
    if (isBetter) {
      if (verbose > 0) currentPrinter().write(`${start} improved from ${best ?? "None"} to ${current}, saving model to ${path}\n`);
      this.best = current;
    } else if (verbose > 0) currentPrinter().write(`${start} did not improve from ${best}\n`);
    return isBetter;
  }
}

/**
 * Checks how often something is saved.
 *
 * @param value - What was received.
 * @returns The same, typed.
 * @throws InvalidArgumentError when it is neither `"epoch"` nor a positive number of batches.
 */
export function checkSaveFreq(value: unknown): "epoch" | number {
  if (value === "epoch" || (typeof value === "number" && Number.isSafeInteger(value) && value > 0)) return value;
  throw new InvalidArgumentError(`\`saveFreq\` must be "epoch" or a number of batches. Received: saveFreq=${describeValue(value)}.`);
}
