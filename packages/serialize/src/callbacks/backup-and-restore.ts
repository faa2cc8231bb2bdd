import { Callback, CheckpointFormatError, InvalidArgumentError, checkFlag, checkOptions, describeValue } from "@rowan/api";
import type { BatchEvent, ResumePoint } from "@rowan/api";
import { loadCheckpoint } from "../checkpoint/load.ts";
import { openCheckpoint } from "../checkpoint/open.ts";
import { saveCheckpoint } from "../checkpoint/save.ts";
import { done, fileSystem, valueOf } from "../io/files.ts";
import { paths } from "../io/node.ts";
import { checkSaveFreq } from "./model-checkpoint.ts";

/** Options of BackupAndRestore. */
export interface BackupAndRestoreOptions {
  /** The folder of the backup; made where it is missing. For this training alone. */
  readonly backupDir: string;
  /** After each epoch (`"epoch"`), or after so many batches. */
  readonly saveFreq?: "epoch" | number;
  /** Removes the backup when training ends well; true when left out. */
  readonly deleteCheckpoint?: boolean;
}

const optionNames = ["backupDir", "saveFreq", "deleteCheckpoint"] as const satisfies readonly (keyof BackupAndRestoreOptions)[];
const file = "backup.rowan";

/**
 * Takes a training up again that was broken off: start the same program once more, and `fit` goes on behind the last backup, with the
 * same samples in the same order, so that the weights become the same bits as those of a run with the same backups that was not broken
 * off; after keras/src/callbacks/backup_and_restore.py. In an epoch
 * that was taken up in its middle, loss and metrics are those of its rest.
 */
export class BackupAndRestore extends Callback {
  readonly backupDir: string;
  readonly saveFreq: "epoch" | number;
  readonly deleteCheckpoint: boolean;
  #point: ResumePoint | undefined;
  #epoch = 0;
  #batches = 0;

  /** @param options - As in Keras; `backupDir` is needed. */
  constructor(options: BackupAndRestoreOptions) {
    super();
    checkOptions("BackupAndRestore", options, '{ backupDir: "backup" }', optionNames);
    const { backupDir, saveFreq = "epoch", deleteCheckpoint = true } = options;
    if (typeof backupDir !== "string" || backupDir === "") {
      throw new InvalidArgumentError(`\`backupDir\` must be the path of a folder. Received: backupDir=${describeValue(backupDir)}.`);
    }
    this.backupDir = backupDir;
    this.saveFreq = checkSaveFreq(saveFreq);
    this.deleteCheckpoint = checkFlag("deleteCheckpoint", deleteCheckpoint);
  }

  /** Restores the model where there is a backup. */
  override async onTrainBegin(): Promise<void> {
    this.#point = undefined;
    this.#batches = 0;
    const fs = fileSystem(this.backupDir);
    await valueOf<unknown>((callback) => {
      fs.mkdir(this.backupDir, { recursive: true }, callback);
    });
    if (!fs.existsSync(this.#path)) return;
    const backup = await openCheckpoint(this.#path);
    const { metadata } = backup.metadata;
    await backup.close();
    this.#point = readPoint(metadata, this.#path);
    await loadCheckpoint(this.#path, { into: this.model });
  }

  /** @returns Where the backup stopped. */
  override resumePoint(): ResumePoint | undefined {
    return this.#point;
  }

  /** Notes which epoch it is. */
  override onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
  }

  /** @returns False for the end of a batch where epochs are counted, unless a subclass has something to do there. */
  override watches(event: BatchEvent): boolean {
    if (event === "onTrainBatchEnd" && this.saveFreq === "epoch") return this[event] !== BackupAndRestore.prototype[event];
    return super.watches(event);
  }

  /** Saves, where batches are counted. */
  override async onTrainBatchEnd(batch: number): Promise<void> {
    if (this.saveFreq === "epoch" || ++this.#batches % this.saveFreq !== 0) return;
    const isLast = batch + 1 === this.params.steps;
    // Behind the last batch comes the validation, and what other callbacks do there: onEpochEnd saves that.
    if (!isLast) await this.#save({ epoch: this.#epoch, step: batch + 1 });
  }

  /** Saves after each epoch. */
  override async onEpochEnd(epoch: number): Promise<void> {
    await this.#save({ epoch: epoch + 1, step: 0 });
  }

  /** Training ended well: nothing is to be taken up again. */
  override async onTrainEnd(): Promise<void> {
    if (!this.deleteCheckpoint) return;
    const fs = fileSystem(this.backupDir);
    await done((callback) => fs.rm(this.#path, { force: true }, callback));
  }

  get #path(): string {
    return paths().join(this.backupDir, file);
  }

  async #save({ epoch, step }: { readonly epoch: number; readonly step: number }): Promise<void> {
    const metadata = { epoch: String(epoch), step: String(step), seed: String(this.params.seed) };
    await saveCheckpoint(this.model, this.#path, { metadata });
  }
}

function readPoint(metadata: Readonly<Record<string, string>>, path: string): ResumePoint {
  const [epoch = NaN, step = NaN, seed = NaN] = ["epoch", "step", "seed"].map((key) => Number(metadata[key] ?? NaN));
  if ([epoch, step, seed].every((value) => Number.isSafeInteger(value) && value >= 0)) return { epoch, step, seed };
  throw new CheckpointFormatError(
    `A backup says where training stopped: epoch, step and seed. Received: ${JSON.stringify(metadata)} in ${JSON.stringify(path)}, which is another checkpoint. Choose another folder.`,
  );
}
