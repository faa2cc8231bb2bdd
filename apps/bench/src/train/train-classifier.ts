import {
  Dense,
  EarlyStopping,
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
import { saveCheckpoint } from "@rowan/serialize";
import { FileError, InterruptedError, UsageError } from "../failure.ts";
import { formatCount } from "../format.ts";
import type { Surroundings } from "../terminal.ts";
import { writeCurve } from "./curve.ts";
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
  readonly curve?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Words of a text beyond these are cut off. */
const mostWords = 256;

/**
 * Trains the mean of word vectors and a dense layer to tell labels, and writes the model with its words.
 *
 * @param options - Files and settings.
 * @param surroundings - Where it prints, and what ends it.
 */
export async function trainClassifier(options: ClassifierOptions, { stdout, signal }: Surroundings): Promise<void> {
  if (options.validation >= 1) throw new UsageError(`--validation must be below 1. Received: ${options.validation}.`);
  const { texts, labels, badLines } = await readExamples(
    options.text,
    options.column,
    options.label as string,
    options.skipBadLines === true,
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
  words.adapt(shuffled.slice(0, Math.ceil(shuffled.length * (1 - options.validation))));
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
  const watched = options.validation > 0 ? "val_loss" : "loss";
  const stop = new LambdaCallback({
    onTrainBatchEnd: () => {
      if (signal.aborted) throw new InterruptedError();
    },
  });
  const history = await model.fit(words.apply(shuffled), new NDArray(targets, [targets.length, 1]), {
    epochs: options.epochs ?? 20,
    batchSize: 32,
    validationSplit: options.validation,
    callbacks: [stop, new EarlyStopping({ monitor: watched, patience: 2, restoreBestWeights: true })],
    verbose: 0,
  });
  await saveCheckpoint(model, options.out, { vocabulary: words, metadata: { trainedBy: "rowan train", labels: JSON.stringify(classes) } });
  const numbers = Object.fromEntries(Object.entries(history.history).map(([name, list]) => [name, [...list]]));
  if (options.curve !== undefined) {
    await writeCurve(
      options.curve,
      Object.fromEntries(["loss", "val_loss"].flatMap((name) => (numbers[name] ? [[name, numbers[name]]] : []))),
    );
  }
  if (options.quiet === true) return;
  if (options.json === true) {
    stdout.write(`${JSON.stringify({ out: options.out, labels: classes, examples: texts.length, badLines, history: numbers })}\n`);
    return;
  }
  const epochs = numbers["loss"]?.length ?? 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    stdout.write(
      `epoch ${epoch + 1}  ${Object.entries(numbers)
        .map(([name, list]) => `${name} ${(list[epoch] ?? NaN).toFixed(4)}`)
        .join("  ")}\n`,
    );
  }
  const passed = badLines > 0 ? `, ${formatCount(badLines)} bad lines passed over` : "";
  stdout.write(
    `${options.out}: ${formatCount(texts.length)} texts, ${classes.length} labels, ${formatCount(words.getVocabulary().length)} words${passed}\n`,
  );
}
