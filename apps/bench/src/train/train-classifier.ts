import {
  Dense,
  Embedding,
  GlobalAveragePooling1D,
  LambdaCallback,
  NDArray,
  Sequential,
  TextVectorization,
  Adam,
  setRandomSeed,
  permutation,
} from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { BackupAndRestore, saveCheckpoint } from "@rowan/serialize";
import { FileError, UsageError } from "../failure.ts";
import { writeOutStream } from "../files/out-stream.ts";
import { countOf, formatCount, formatSeconds } from "../format.ts";
import { saveCurve } from "../plot/curve.ts";
import { createPause } from "../interruption/pause.ts";
import { startProgress } from "../progress.ts";
import type { Surroundings } from "../terminal.ts";
import { ClassifierState } from "./classifier-state.ts";
import { markData } from "./data-mark.ts";
import { describeEnd } from "./describe-end.ts";
import { describeStart } from "./describe-start.ts";
import { readExamples } from "./read-examples.ts";

/** How a classifier is trained, as the command line says it. */
export interface ClassifierOptions {
  readonly text: string;
  readonly out: string;
  readonly column: string;
  readonly label?: string;
  readonly maxWords: number;
  readonly validation: number;
  readonly vectorSize?: number;
  readonly epochs?: number;
  readonly learningRate?: number;
  readonly seed: number;
  readonly skipBadLines?: boolean;
  readonly resume?: boolean;
  readonly curve?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Texts that the model moves by at once. */
const batchSize = 32;

/** Texts whose words are counted or turned into ids at once. */
const atOnce = 1000;

/** Words of a text beyond these are cut off. */
const mostWords = 256;

/**
 * Trains the mean of word vectors and a dense layer to tell labels, and writes the model with its words.
 *
 * @param options - Files and settings.
 * @param surroundings - Where it prints, and what ends it.
 */
export async function trainClassifier(options: ClassifierOptions, { stdout, stderr, signal }: Surroundings): Promise<void> {
  if (options.validation >= 1) throw new UsageError(`--validation must be below 1. Received: ${options.validation}.`);
  const { texts, labels, badLines } = await readExamples(
    options.text,
    options.column,
    options.label as string,
    options.skipBadLines === true,
    signal,
  );
  const classes = [...new Set(labels)].sort();
  if (classes.length < 2)
    throw new FileError(`${options.text} must have two labels or more. Received: only ${JSON.stringify(classes[0])}.`);
  setRandomSeed(options.seed);
  // Files are often sorted by their labels, and validation takes the end.
  const order = permutation(texts.length, { seed: options.seed, purpose: "shuffle" });
  const shuffled = Array.from(order, (i) => texts[i] as string);
  const targets = Float32Array.from(order, (i) => classes.indexOf(labels[i] as string));
  const words = new TextVectorization({ maxTokens: options.maxWords, outputSequenceLength: mostWords });
  const pause = createPause(signal);
  // As `fit` cuts: words of texts that are held back are not learned.
  const trained = Math.floor(texts.length * (1 - options.validation));
  await learnWords(words, shuffled.slice(0, trained), pause);
  const binary = classes.length === 2;
  const model = new Sequential(
    [
      new Embedding({ inputDim: words.getVocabulary().length, outputDim: options.vectorSize ?? 32, maskZero: true }),
      new GlobalAveragePooling1D(),
      new Dense({ units: binary ? 1 : classes.length, activation: binary ? "sigmoid" : "softmax" }),
    ],
    { backend: await createCpuBackend() },
  );
  model.compile({
    optimizer: new Adam({ learningRate: options.learningRate ?? 0.01 }),
    loss: binary ? "binaryCrossentropy" : "sparseCategoricalCrossentropy",
    metrics: ["accuracy"],
  });
  const epochs = options.epochs ?? 20;
  const { maxWords, validation, vectorSize, learningRate, seed } = options;
  // The length of a training is none of its settings: a longer one may go on where a shorter one ended.
  const mark = markData({ maxWords, validation, vectorSize, learningRate, seed }, [...texts, "", ...labels]);
  const folder = `${options.out}.state`;
  const state = new ClassifierState(folder, mark, validation > 0 ? "val_loss" : "loss");
  const resumed = await state.open(options.resume === true);
  const total = trained * epochs;
  const silent = options.quiet === true || options.json === true;
  if (options.resume === true && !silent) stderr.write(describeStart(folder, state.done, epochs));
  const progress = startProgress(total, stderr, silent, "training", "texts");
  let done = 0;
  const watch = new LambdaCallback({
    onEpochBegin: (epoch) => {
      done = epoch * trained;
    },
    onTrainBatchEnd: async () => {
      await pause();
      progress.update(Math.min(total, (done += batchSize)));
    },
    onTestBatchEnd: pause,
  });
  const metadata = { trainedBy: "rowan train", labels: JSON.stringify(classes) };
  const started = performance.now();
  let seconds = 0;
  try {
    await model.fit(await applyWords(words, shuffled, pause), new NDArray(targets, [targets.length, 1]), {
      epochs,
      batchSize,
      validationSplit: validation,
      // The last one writes what the others have done by then, and says where to go on.
      callbacks: [watch, state, new BackupAndRestore({ backupDir: folder, deleteCheckpoint: false })],
      verbose: 0,
    });
    await state.restoreBest();
    seconds = (performance.now() - started) / 1000;
    await writeOutStream(options.out, signal, (stream) => saveCheckpoint(model, stream, { vocabulary: words, metadata }));
    if (options.curve !== undefined) await saveCurve(options.curve, state.curve, signal);
  } catch (error) {
    throw describeEnd(error, await state.breakOff(), signal);
  } finally {
    progress.stop();
  }
  const { curve: numbers, best } = state;
  await state.close();
  if (options.quiet === true) return;
  const vocabulary = words.getVocabulary().length;
  if (options.json === true) {
    const summary = { out: options.out, labels: classes, examples: texts.length, words: vocabulary, badLines, resumed, seconds };
    stdout.write(`${JSON.stringify({ ...summary, bestEpoch: best + 1, history: numbers })}\n`);
    return;
  }
  for (let epoch = 0; epoch < (numbers["loss"]?.length ?? 0); epoch++) {
    const values = Object.entries(numbers).map(([name, list]) => `${name} ${(list[epoch] ?? NaN).toFixed(4)}`);
    stdout.write(`epoch ${epoch + 1}/${epochs}  ${values.join("  ")}${epoch === best ? "  (kept)" : ""}\n`);
  }
  const passed = badLines > 0 ? `, ${countOf(badLines, "bad line", "bad lines")} passed over` : "";
  stdout.write(
    `${options.out}: ${formatCount(texts.length)} texts, ${classes.length} labels, ${formatCount(vocabulary)} words, ${countOf(texts.length - trained, "text", "texts")} held back${passed}, ${formatSeconds(seconds)}\n`,
  );
}

/** Learns the words of texts, some at a time, so that a signal arrives in between. */
async function learnWords(words: TextVectorization, texts: readonly string[], pause: () => Promise<void>): Promise<void> {
  for (let first = 0; first < texts.length; first += atOnce) {
    words.updateState(texts.slice(first, first + atOnce));
    await pause();
  }
  words.finalizeState();
}

/** Texts as ids, likewise. */
async function applyWords(words: TextVectorization, texts: readonly string[], pause: () => Promise<void>): Promise<NDArray> {
  const ids = new Int32Array(texts.length * mostWords);
  for (let first = 0; first < texts.length; first += atOnce) {
    ids.set(words.apply(texts.slice(first, first + atOnce)).data, first * mostWords);
    await pause();
  }
  return new NDArray(ids, [texts.length, mostWords]);
}
