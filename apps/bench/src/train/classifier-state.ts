import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Callback } from "@rowan/api";
import type { Logs } from "@rowan/api";
import { loadCheckpoint, saveCheckpoint } from "@rowan/serialize";
import { saveWhole } from "../files/save-whole.ts";
import { FileError } from "../failure.ts";
import type { Curve } from "../plot/curve.ts";

/** Epochs without a better one, after which a training ends. */
const patience = 2;

interface Notes {
  readonly mark: string;
  readonly history: Readonly<Record<string, number[]>>;
}

/**
 * Watches a training: remembers its numbers and its best epoch in a folder, epoch by epoch, and ends it when it gets no better. What it
 * knows is in files, so that a training that is taken up again ends as one that was never broken off.
 */
export class ClassifierState extends Callback {
  readonly #folder: string;
  readonly #mark: string;
  readonly #watched: string;
  #history: Record<string, number[]> = {};

  /**
   * @param folder - For this training alone.
   * @param mark - Of the data and the options.
   * @param watched - The number that should fall.
   */
  constructor(folder: string, mark: string, watched: string) {
    super();
    this.#folder = folder;
    this.#mark = mark;
    this.#watched = watched;
  }

  /** The numbers by name, one an epoch. */
  get curve(): Curve {
    return this.#history;
  }

  /** How many epochs are whole. */
  get done(): number {
    return this.#history[this.#watched]?.length ?? 0;
  }

  /** The epoch with the best numbers, from 0. */
  get best(): number {
    const values = this.#history[this.#watched] ?? [];
    return values.reduce((best, value, epoch) => (value < (values[best] as number) ? epoch : best), 0);
  }

  /**
   * Makes the folder ready.
   *
   * @param resume - Whether what is in it counts; else it is emptied.
   * @returns Whether there is something to go on from.
   * @throws FileError when what is in it belongs to another training.
   */
  async open(resume: boolean): Promise<boolean> {
    const path = join(this.#folder, "notes.json");
    const notes = resume && existsSync(path) ? parseNotes(await readFile(path, "utf8")) : undefined;
    if (notes && notes.mark !== this.#mark) {
      throw new FileError(
        `${this.#folder} must be of a training with the same texts and options. Received: another one. Leave --resume out to begin anew.`,
      );
    }
    // Killed between its notes and its backup, a training has no epoch to go on behind.
    if (!notes || !this.#hasBackup()) {
      await rm(this.#folder, { recursive: true, force: true });
      await mkdir(this.#folder, { recursive: true });
      return false;
    }
    this.#history = { ...notes.history };
    return true;
  }

  /** Forgets epochs that come behind the point where the training goes on. */
  override onEpochBegin(epoch: number): void {
    this.#history = Object.fromEntries(Object.entries(this.#history).map(([name, list]) => [name, list.slice(0, epoch)]));
  }

  /** Takes the numbers down, keeps the best epoch, and ends the training when there were no better ones for some time. */
  override async onEpochEnd(epoch: number, logs: Logs = {}): Promise<void> {
    const before = this.best;
    for (const [name, value] of Object.entries(logs)) if (typeof value === "number") (this.#history[name] ??= [])[epoch] = value;
    if (this.best === epoch) await saveCheckpoint(this.model, this.#bestPath(epoch));
    await saveWhole(join(this.#folder, "notes.json"), JSON.stringify({ mark: this.#mark, history: this.#history } satisfies Notes));
    if (this.best === epoch && before !== epoch) await rm(this.#bestPath(before), { force: true });
    if (epoch - this.best >= patience) this.model.stopTraining = true;
  }

  /** Gives the model the weights of its best epoch. */
  async restoreBest(): Promise<void> {
    const path = this.#bestPath(this.best);
    if (existsSync(path)) await loadCheckpoint(path, { into: this.model });
  }

  /**
   * Ends a training that is not complete; where no epoch was, nothing is left of it.
   *
   * @returns Whether it can be gone on with.
   */
  async breakOff(): Promise<boolean> {
    if (this.#hasBackup()) return true;
    await this.close();
    return false;
  }

  /** Removes the folder: the training is complete. */
  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Of an epoch it is written last. */
  #hasBackup(): boolean {
    return existsSync(join(this.#folder, "backup.rowan"));
  }

  #bestPath(epoch: number): string {
    return join(this.#folder, `best-${epoch}.rowan`);
  }
}

/** What is no such file is of another training. */
function parseNotes(text: string): Partial<Notes> {
  try {
    return (JSON.parse(text) ?? {}) as Partial<Notes>;
  } catch {
    return {};
  }
}
