import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { EmbeddingTable, InvalidArgumentError, NDArray } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { WordCorpus, trainWordVectors } from "@rowan/runtime/word-vectors";
import type { WordVectorEpoch, WordVectorState, WordVectors } from "@rowan/runtime/word-vectors";
import { openCheckpoint, saveCheckpoint } from "@rowan/serialize";
import { FileError, InterruptedError } from "../failure.ts";
import { writeOutStream } from "../files/out-stream.ts";
import { openText, readLines } from "../files/text-lines.ts";
import { formatCount, formatSeconds } from "../format.ts";
import { saveCurve } from "../plot/curve.ts";
import { untilInterrupted } from "../interruption/until-interrupted.ts";
import { startProgress } from "../progress.ts";
import type { Surroundings } from "../terminal.ts";
import { splitWords } from "../words.ts";
import { describeEnd } from "./describe-end.ts";
import { describeStart } from "./describe-start.ts";
import { markData } from "./data-mark.ts";

/** How word vectors are trained, as the command line says it. */
export interface VectorOptions {
  readonly text: string;
  readonly out: string;
  readonly objective?: "skipgram" | "cbow";
  readonly vectorSize?: number;
  readonly epochs?: number;
  readonly learningRate?: number;
  readonly seed: number;
  readonly window: number;
  readonly minCount: number;
  readonly negative: number;
  readonly sample: number;
  readonly threads: number;
  readonly resume?: boolean;
  readonly curve?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/**
 * Trains word vectors on a text, a sentence a line, and writes them as a table with its words.
 *
 * @param options - Files and settings.
 * @param surroundings - Where it prints, and what ends it.
 */
export async function trainVectors(options: VectorOptions, { stdout, stderr, signal }: Surroundings): Promise<void> {
  const quiet = options.quiet === true;
  const corpus = await readCorpus(options, signal);
  const stateFile = `${options.out}.state`;
  const settings = describeSettings(options, corpus);
  if (options.resume !== true) await rm(stateFile, { recursive: true, force: true });
  const state = existsSync(stateFile) ? await readState(stateFile, settings) : undefined;
  const losses = [...(state?.losses ?? [])];
  const epochs = options.epochs ?? 5;
  const silent = quiet || options.json === true;
  if (options.resume === true && !silent) stderr.write(describeStart(stateFile, state?.epoch ?? 0, epochs));
  const progress = startProgress(corpus.ids.length * epochs, stderr, silent, "training", "words");
  const started = performance.now();
  let seconds = 0;
  let trained: WordVectors;
  try {
    trained = await trainWordVectors(corpus, {
      objective: options.objective ?? "cbow",
      epochs,
      vectorSize: options.vectorSize ?? 100,
      ...(options.learningRate !== undefined && { learningRate: options.learningRate }),
      seed: options.seed,
      window: options.window,
      negative: options.negative,
      sample: options.sample,
      threads: options.threads,
      signal,
      ...(state && { resume: state }),
      onProgress: ({ epoch, words, wordsTotal }) => progress.update(epoch * wordsTotal + words),
      onEpoch: async ({ loss }, takeState) => {
        losses.push(loss);
        await writeState(stateFile, { ...takeState(), losses }, settings, corpus.words.length);
      },
    });
    seconds = (performance.now() - started) / 1000;
    const table = EmbeddingTable.from(trained.vectors, { backend: await createCpuBackend() });
    const metadata = { trainedBy: "rowan train", settings };
    await writeOutStream(options.out, signal, (stream) => saveCheckpoint(table, stream, { vocabulary: trained.words, metadata }));
    if (options.curve !== undefined) await saveCurve(options.curve, { loss: losses }, signal);
  } catch (error) {
    throw describeEnd(error, existsSync(stateFile), signal);
  } finally {
    progress.stop();
  }
  await rm(stateFile, { force: true });
  if (quiet) return;
  const words = corpus.ids.length * trained.epochs.length;
  if (options.json === true) {
    const summary = {
      out: options.out,
      words: trained.words.length,
      corpusWords: corpus.wordsRead,
      resumed: state !== undefined,
      seconds,
      wordsPerSecond: words / seconds,
    };
    stdout.write(`${JSON.stringify({ ...summary, losses })}\n`);
    return;
  }
  trained.epochs.forEach((epoch) => stdout.write(describeEpoch(epoch, epochs)));
  stdout.write(
    `${options.out}: ${formatCount(trained.words.length)} words of ${formatCount(corpus.wordsRead)} in the text, ${trained.vectors.shape[1]} values each, ${formatSeconds(seconds)}, ${formatCount(words / seconds)} words/s\n`,
  );
}

function describeEpoch({ epoch, loss, wordsPerSecond }: WordVectorEpoch, epochs: number): string {
  return `epoch ${epoch + 1}/${epochs}  loss ${loss.toFixed(4)}  ${formatCount(wordsPerSecond)} words/s\n`;
}

async function readCorpus({ text, minCount }: VectorOptions, signal: AbortSignal): Promise<WordCorpus> {
  try {
    return await untilInterrupted(WordCorpus.from(readSentences(text, signal), { minCount }), signal);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    // It speaks of options as programs write them.
    const message = error.message.replaceAll("minCount=", "--min-count ").replaceAll("minCount", "--min-count");
    throw new FileError(`${text}: ${message}`, { cause: error });
  }
}

async function* readSentences(path: string, signal: AbortSignal): AsyncGenerator<string[]> {
  for await (const lines of readLines(await openText(path, signal))) {
    if (signal.aborted) throw new InterruptedError();
    for (const line of lines) yield splitWords(line);
  }
}

/** What must be the same when a training goes on. */
function describeSettings(options: VectorOptions, corpus: WordCorpus): string {
  const { objective, vectorSize = 100, epochs = 5, learningRate = 0.025, seed, window, minCount, negative, sample } = options;
  return JSON.stringify({
    ...{ objective, vectorSize, epochs, learningRate, seed, window, minCount, negative, sample },
    words: corpus.words.length,
    corpusWords: corpus.ids.length,
    // The same words in the same order: else what was learned so far would belong to other words.
    mark: markData({}, [corpus.words.join("\n"), new Uint8Array(Int32Array.from(corpus.ids).buffer)]),
  });
}

/** What is kept of a training between two epochs. */
interface KeptState extends WordVectorState {
  readonly losses: readonly number[];
}

async function writeState(path: string, state: KeptState, settings: string, words: number): Promise<void> {
  const shape = [words, state.vectors.length / words];
  const tensors = { vectors: new NDArray(state.vectors, shape), outputs: new NDArray(state.outputs, shape) };
  await saveCheckpoint(tensors, path, { metadata: { epoch: String(state.epoch), settings, losses: JSON.stringify(state.losses) } });
}

async function readState(path: string, settings: string): Promise<KeptState> {
  const file = await openCheckpoint(path);
  try {
    const { metadata } = file.metadata;
    if (metadata["settings"] !== settings) {
      throw new FileError(`${path} must be of a training with the same text and options. Received: another one. Delete it to begin anew.`);
    }
    const [vectors, outputs] = [await file.readTensor("vectors"), await file.readTensor("outputs")];
    const losses = JSON.parse(metadata["losses"] ?? "[]") as number[];
    return { epoch: Number(metadata["epoch"]), vectors: vectors.data as Float32Array, outputs: outputs.data as Float32Array, losses };
  } finally {
    await file.close();
  }
}
