import { InvalidArgumentError, checkOptions, checkPositiveInteger, checkSeed, describeValue } from "@rowan/api";
import type { WordVectorState } from "./state.ts";

/** What `trainWordVectors` reports while it works. */
export interface WordVectorProgress {
  /** The epoch at work, from 0. */
  readonly epoch: number;
  readonly epochs: number;
  /** Words of this epoch that are done. */
  readonly words: number;
  /** Words of a whole epoch. */
  readonly wordsTotal: number;
  /** Words a second since the training began or went on. */
  readonly wordsPerSecond: number;
}

/** What an epoch came to. */
export interface WordVectorEpoch {
  readonly epoch: number;
  /** The mean loss of a product of two vectors: ln 2 where nothing is learned. */
  readonly loss: number;
  /** Words a second, of the corpus as it is. */
  readonly wordsPerSecond: number;
  /** Words that stayed after frequent ones were thinned out. */
  readonly keptWords: number;
  readonly seconds: number;
}

/** How word vectors are trained. The defaults are those of gensim's Word2Vec. */
export interface WordVectorOptions {
  /** `"cbow"` predicts a word from the mean of the words near it, `"skipgram"` from each of them. Default: `"cbow"`. */
  readonly objective?: "skipgram" | "cbow";
  /** The length of a vector. Default: 100. */
  readonly vectorSize?: number;
  /** The most words on either side that are near; for each word a window from 1 to this is drawn. Default: 5. */
  readonly window?: number;
  /** Words of noise for each word that is predicted. Default: 5. */
  readonly negative?: number;
  /** The power of a word's count that noise is drawn by. Default: 0.75. */
  readonly negativeExponent?: number;
  /** Words that are more frequent than this share of the corpus are thinned out; 0 keeps all. Default: 1e-3. */
  readonly sample?: number;
  /** The learning rate at the beginning. Default: 0.025. */
  readonly learningRate?: number;
  /** The learning rate at the end; it falls evenly. Default: 0.0001. */
  readonly minLearningRate?: number;
  /** How often the corpus is gone through. Default: 5. */
  readonly epochs?: number;
  /** An integer from 0 to 2^53 - 1: with one thread, the same seed gives the same vectors, bit for bit. Default: 1. */
  readonly seed?: number;
  /**
   * Worker threads. Several write the same vectors without waiting for one another (Hogwild), so that their results differ a little from
   * run to run, as gensim's do. Default: 1, which works in the calling thread and is repeatable.
   */
  readonly threads?: number;
  /** As in `createCpuBackend`. Default: `"auto"`. */
  readonly kernels?: "auto" | "wasm" | "plain";
  /** Goes on where another training stopped; the corpus and the options must be the same. */
  readonly resume?: WordVectorState;
  /** Stops the training: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called a few times a second. */
  readonly onProgress?: (progress: WordVectorProgress) => void;
  /**
   * Called after each epoch, with a way to take the state; the next epoch waits for it. Returning false ends the training here.
   */
  readonly onEpoch?: (epoch: WordVectorEpoch, takeState: () => WordVectorState) => unknown;
}

/** Options with their defaults in place. */
export type CheckedWordVectorOptions = Required<Omit<WordVectorOptions, "resume" | "signal" | "onProgress" | "onEpoch">> &
  Pick<WordVectorOptions, "resume" | "signal" | "onProgress" | "onEpoch">;

const names: readonly (keyof WordVectorOptions)[] = [
  "objective",
  "vectorSize",
  "window",
  "negative",
  "negativeExponent",
  "sample",
  "learningRate",
  "minLearningRate",
  "epochs",
  "seed",
  "threads",
  "kernels",
  "resume",
  "signal",
  "onProgress",
  "onEpoch",
];

function checkNumber(name: string, value: number, low: number, high: number): number {
  if (typeof value === "number" && value >= low && value <= high) return value;
  throw new InvalidArgumentError(`\`${name}\` must be a number from ${low} to ${high}. Received: ${name}=${describeValue(value)}.`);
}

function checkChoice<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new InvalidArgumentError(
    `\`${name}\` must be one of ${allowed.map((item) => describeValue(item)).join(", ")}. Received: ${name}=${describeValue(value)}.`,
  );
}

/** An integer whose products with rows and words stay in 32 bits. */
function checkCount(name: string, value: number, most: number): number {
  if (checkPositiveInteger(name, value) <= most) return value;
  throw new InvalidArgumentError(`\`${name}\` must be an integer from 1 to ${most}. Received: ${name}=${value}.`);
}

/**
 * Checks options and adds the defaults.
 *
 * @param options - As a caller wrote them.
 * @returns All of them.
 * @throws InvalidArgumentError for one that does not exist or is not of the allowed values.
 */
export function checkWordVectorOptions(options: WordVectorOptions): CheckedWordVectorOptions {
  checkOptions("trainWordVectors", options, '{ objective: "skipgram" }', names);
  const {
    objective = "cbow",
    vectorSize = 100,
    window = 5,
    negative = 5,
    negativeExponent = 0.75,
    sample = 1e-3,
    learningRate = 0.025,
    minLearningRate = Math.min(0.0001, learningRate),
    epochs = 5,
    seed = 1,
    threads = 1,
    kernels = "auto",
  } = options;
  return {
    ...options,
    objective: checkChoice<"skipgram" | "cbow">("objective", objective, ["skipgram", "cbow"]),
    vectorSize: checkCount("vectorSize", vectorSize, 65536),
    window: checkCount("window", window, 10_000),
    negative: checkCount("negative", negative, 1000),
    negativeExponent: checkNumber("negativeExponent", negativeExponent, -10, 10),
    sample: checkNumber("sample", sample, 0, 1),
    learningRate: checkNumber("learningRate", learningRate, 0, 1000),
    minLearningRate: checkNumber("minLearningRate", minLearningRate, 0, learningRate),
    epochs: checkCount("epochs", epochs, 2 ** 20),
    seed: checkSeed(seed),
    threads: checkCount("threads", threads, 256),
    kernels: checkChoice<"auto" | "wasm" | "plain">("kernels", kernels, ["auto", "wasm", "plain"]),
  };
}
