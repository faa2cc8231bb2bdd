import { trainWordVectors } from "@rowan/runtime/word-vectors";
import type { WordCorpus, WordVectorOptions } from "@rowan/runtime/word-vectors";

/**
 * Trainings an epoch at a time, which stand still in between: whoever is timed in turns then has them within seconds of each other, and
 * what changes a machine's speed for longer changes it for all.
 */
export class Epochs {
  readonly #corpus: WordCorpus;
  readonly #options: WordVectorOptions;
  #trainings = 0;
  #training: Promise<unknown> | undefined;
  /** Epochs that the training still has to begin. */
  #left = 0;
  #isWanted = true;
  /** Ends the wait for an epoch, and the wait of the training behind it. */
  #ended: () => void = () => undefined;
  #goOn: () => void = () => undefined;

  /**
   * @param corpus - What is trained on.
   * @param options - Of each training; their seeds are 1, 2, 3, ...
   */
  constructor(corpus: WordCorpus, options: WordVectorOptions) {
    this.#corpus = corpus;
    this.#options = options;
  }

  /** The next epoch: of the training that stands still, or the first one of another; threads start and end with it. */
  async next(): Promise<void> {
    const ended = new Promise<void>((resolve) => (this.#ended = resolve));
    if (this.#left === 0) this.#training = this.#start();
    else this.#goOn();
    this.#left--;
    // What is behind the last epoch belongs to it, instead of to whoever has the next turn.
    await (this.#left === 0 ? this.#training : Promise.race([ended, this.#training]));
  }

  /** Ends the training that stands still. */
  async close(): Promise<void> {
    this.#isWanted = false;
    this.#goOn();
    // Whoever waited for the epoch has heard of an error.
    await this.#training?.catch(() => undefined);
  }

  async #start(): Promise<void> {
    this.#left = this.#options.epochs ?? 1;
    const onEpoch = async (): Promise<boolean> => {
      this.#ended();
      if (this.#left > 0) await new Promise<void>((resolve) => (this.#goOn = resolve));
      return this.#isWanted;
    };
    await trainWordVectors(this.#corpus, { ...this.#options, seed: ++this.#trainings, onEpoch });
  }
}
