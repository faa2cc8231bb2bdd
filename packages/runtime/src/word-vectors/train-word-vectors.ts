import { InvalidArgumentError, NDArray, ShapeMismatchError, countOf, describeValue, fillUniform } from "@rowan/api";
import { createWordVectorEngine } from "@rowan/backend-cpu";
import type { WordVectorEngine } from "@rowan/backend-cpu";
import { WordCorpus } from "./corpus.ts";
import { cutJobs, jobWords } from "./jobs.ts";
import { checkWordVectorOptions } from "./options.ts";
import type { CheckedWordVectorOptions, WordVectorEpoch, WordVectorOptions } from "./options.ts";
import { control } from "./run-epoch.ts";
import type { EpochTotals, WordVectorTask } from "./run-epoch.ts";
import { fillKeep, fillNoise } from "./sampling-tables.ts";
import { packRows, unpackRows } from "./state.ts";
import type { WordVectorState } from "./state.ts";
import { createLoneCrew, createThreadCrew } from "./threads.ts";
import type { Crew } from "./threads.ts";

/** What a training of word vectors gives. */
export interface WordVectors {
  /** The vocabulary, the most frequent word first. */
  readonly words: readonly string[];
  /** How often each word occurs. */
  readonly counts: Uint32Array;
  /** `[words, vectorSize]`, float32: row i is the vector of word i. */
  readonly vectors: NDArray;
  /** What each epoch came to; those before a `resume` are not among them. */
  readonly epochs: readonly WordVectorEpoch[];
  /** What another training can go on from. */
  readonly state: WordVectorState;
}

/** The copies that each thread has of the most frequent words' rows fill half of a usual second cache. */
const copiedBytes = 2 ** 20;
/** Of a text of fewer words each word is met too rarely for copies: they would be behind when the training ends. */
const copiedFrom = 2 ** 18;
/**
 * Words of noise that each of several threads has in its pool where bags of words are trained, which meet a word of noise once a window.
 * Skip-gram meets it with each word of the window, and its vectors get worse by a pool.
 */
const pooledWords = 256;

/** Milliseconds between two reports. */
const reportEvery = 200;

/**
 * Trains word vectors with negative sampling (Mikolov and others, "Distributed Representations of Words and Phrases and their
 * Compositionality", 2013), by skip-gram or by continuous bags of words.
 *
 * With one thread the result depends on the corpus, the options and the seed alone: every machine and both kinds of kernels give the
 * same bits. Several threads are faster and not repeatable.
 *
 * @param corpus - Words as numbers.
 * @param options - Sizes, rates, threads; gensim's defaults.
 * @returns Vectors with their words.
 * @throws InvalidArgumentError for options that are not of the allowed values, and when vectors are not finite numbers any more.
 * @throws ShapeMismatchError when the state to go on from has other sizes.
 * @throws OutOfMemoryError when vocabulary times length does not fit 4 GiB.
 * @example
 * const corpus = await WordCorpus.from(lines.map((line) => line.split(" ")));
 * const { words, vectors } = await trainWordVectors(corpus, { objective: "skipgram", threads: 2 });
 */
export async function trainWordVectors(corpus: WordCorpus, options: WordVectorOptions = {}): Promise<WordVectors> {
  if (!(corpus instanceof WordCorpus)) {
    throw new InvalidArgumentError(
      `The first argument must be a WordCorpus. Received: ${describeValue(corpus)}. Make one: await WordCorpus.from(sentences).`,
    );
  }
  const settings = checkWordVectorOptions(options);
  const { signal, threads, vectorSize } = settings;
  signal?.throwIfAborted();
  const engine = await openEngine(corpus, settings);
  const task: WordVectorTask = {
    ids: corpus.ids,
    ends: threads > 1 ? shareWords(corpus.ends) : corpus.ends,
    jobs: threads > 1 ? shareWords(cutJobs(corpus.ends)) : cutJobs(corpus.ends),
    epochs: settings.epochs,
    seed: settings.seed,
    learningRate: settings.learningRate,
    minLearningRate: settings.minLearningRate,
    control: new Int32Array(new SharedArrayBuffer(4 * control.length)),
  };
  const takeState = (epoch: number): WordVectorState => ({
    epoch,
    vectors: packRows(engine.input, engine.columns, vectorSize),
    outputs: packRows(engine.output, engine.columns, vectorSize),
  });
  // Threads start while the vectors are filled.
  const crew = threads > 1 ? createThreadCrew(engine, task, threads) : createLoneCrew(engine, task);
  const stop = (): void => {
    Atomics.store(task.control, control.stop, 1);
  };
  signal?.addEventListener("abort", stop);
  const epochs: WordVectorEpoch[] = [];
  try {
    fillEngine(engine, corpus, settings);
    let done = settings.resume?.epoch ?? 0;
    const report = createReporter(task, settings);
    while (done < settings.epochs) {
      const epoch = await runReported(crew, task, done, report);
      signal?.throwIfAborted();
      checkFinite(engine, epoch.loss, settings);
      epochs.push(epoch);
      done++;
      if ((await settings.onEpoch?.(epoch, () => takeState(done))) === false) break;
      signal?.throwIfAborted();
    }
    const state = takeState(done);
    const vectors = new NDArray(state.vectors, [corpus.words.length, vectorSize]);
    return { words: corpus.words, counts: corpus.counts, vectors, epochs, state };
  } finally {
    signal?.removeEventListener("abort", stop);
    await crew.close();
  }
}

/** Memory for the corpus' words. */
function openEngine(corpus: WordCorpus, settings: CheckedWordVectorOptions): Promise<WordVectorEngine> {
  const { vectorSize, resume, threads } = settings;
  const words = corpus.words.length;
  const bags = settings.objective === "cbow";
  if (resume && (resume.vectors.length !== words * vectorSize || resume.outputs.length !== words * vectorSize)) {
    throw new ShapeMismatchError(
      `The state of \`resume\` must have the corpus' ${countOf(words, "word")} and vectorSize=${vectorSize}. Received: ${resume.vectors.length} and ${countOf(resume.outputs.length, "number")}. Use the corpus and the options that it was made with.`,
    );
  }
  return createWordVectorEngine(
    {
      words,
      vectorSize,
      window: settings.window,
      negatives: settings.negative,
      bags,
      jobWords,
      threads,
      pooled: threads > 1 && bags ? pooledWords : 0,
      copied: threads > 1 && !bags && corpus.ids.length >= copiedFrom ? Math.min(words, Math.floor(copiedBytes / (8 * vectorSize))) : 0,
    },
    settings.kernels,
  );
}

/** The tables of the corpus, and first vectors or those of an earlier training. */
function fillEngine(engine: WordVectorEngine, corpus: WordCorpus, settings: CheckedWordVectorOptions): void {
  const { vectorSize, resume } = settings;
  fillKeep(corpus.counts, corpus.ids.length, settings.sample, engine.keep);
  fillNoise(corpus.counts, settings.negativeExponent, engine.chances, engine.aliases);
  let first = resume?.vectors;
  if (!first) {
    first = new Float32Array(corpus.words.length * vectorSize);
    fillUniform(first, 0, { seed: settings.seed, purpose: "initializer" }, -1 / vectorSize, 1 / vectorSize);
  }
  unpackRows(first, engine.input, engine.columns, vectorSize);
  if (resume) unpackRows(resume.outputs, engine.output, engine.columns, vectorSize);
}

/** One epoch, with reports in between. */
async function runReported(
  crew: Crew,
  task: WordVectorTask,
  epoch: number,
  report: (epoch: number, words: number) => void,
): Promise<WordVectorEpoch> {
  Atomics.store(task.control, control.nextJob, 0);
  Atomics.store(task.control, control.done, 0);
  const started = performance.now();
  const timer = setInterval(() => {
    report(epoch, Atomics.load(task.control, control.done));
  }, reportEvery);
  let parts: readonly EpochTotals[];
  try {
    parts = await crew.run(epoch);
  } finally {
    clearInterval(timer);
  }
  report(epoch, Atomics.load(task.control, control.done));
  const seconds = (performance.now() - started) / 1000;
  const sum = (name: keyof EpochTotals): number => parts.reduce((total, part) => total + part[name], 0);
  const products = sum("products");
  return {
    epoch,
    loss: products === 0 ? 0 : sum("loss") / products,
    wordsPerSecond: task.ids.length / seconds,
    keptWords: sum("kept"),
    seconds,
  };
}

function createReporter(
  task: WordVectorTask,
  { epochs, resume, onProgress }: CheckedWordVectorOptions,
): (epoch: number, words: number) => void {
  const started = performance.now();
  const first = resume?.epoch ?? 0;
  const wordsTotal = task.ids.length;
  return (epoch, words) => {
    const seconds = (performance.now() - started) / 1000;
    onProgress?.({ epoch, epochs, words, wordsTotal, wordsPerSecond: ((epoch - first) * wordsTotal + words) / seconds });
  };
}

/** A learning rate that is too large ends in NaN, in every vector soon. */
function checkFinite(engine: WordVectorEngine, loss: number, { learningRate }: CheckedWordVectorOptions): void {
  if (Number.isFinite(loss) && allFinite(engine.input)) return;
  throw new InvalidArgumentError(
    `Word vectors must stay finite numbers. Received: NaN or infinity after an epoch with learningRate=${learningRate}. Use a smaller learningRate.`,
  );
}

/** A loop without calls: the threads wait for it. Only of infinities and NaN is the difference from themselves not 0. */
function allFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if ((values[i] as number) - (values[i] as number) !== 0) return false;
  return true;
}

function shareWords(words: Uint32Array): Uint32Array {
  const shared = new Uint32Array(new SharedArrayBuffer(words.byteLength));
  shared.set(words);
  return shared;
}
