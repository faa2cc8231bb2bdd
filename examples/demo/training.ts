import { Dense, Embedding, GlobalAveragePooling1D, Sequential, TextVectorization } from "@rowan/api";
import { loadPassages, passageLength } from "../data/passages.ts";
import { head, say } from "./say.ts";

/** A trained classifier and how good it is. */
export interface TrainingResult {
  readonly words: TextVectorization;
  readonly embedding: Embedding;
  readonly model: Sequential;
  /** The part of the held-out passages that it gets right, 0 to 1. */
  readonly accuracy: number;
}

/** Learns from passages of thirty words to tell a novel from the addresses of presidents in its time. */
export async function runTraining(): Promise<TrainingResult> {
  head("c", "Training on text: Moby-Dick, or a State of the Union address?");
  const { training, heldOut } = loadPassages();
  const share = heldOut.labels.filter((label) => label === 0).length / heldOut.labels.length;
  say(
    `${training.texts.length} passages of ${passageLength} words to learn from, ${heldOut.texts.length} held out: whole chapters and whole addresses (1831-1871).`,
  );
  say(`Always guessing "address" would be right for ${percent(share)} of those.\n`);

  const words = new TextVectorization({ maxTokens: 20_000, outputSequenceLength: passageLength });
  words.adapt(training.texts);
  const embedding = new Embedding({ inputDim: words.vocabularySize(), outputDim: 8, maskZero: true });
  const model = new Sequential([embedding, new GlobalAveragePooling1D(), new Dense({ units: 1, activation: "sigmoid" })]);
  model.compile({ optimizer: "adam", loss: "binaryCrossentropy", metrics: ["accuracy"] });
  model.optimizer.learningRate = 0.01;
  await model.fit(words.apply(training.texts), training.labels, { epochs: 3, batchSize: 128 });
  const { accuracy = 0 } = await model.evaluate(words.apply(heldOut.texts), heldOut.labels, { returnDict: true, verbose: 0 });
  say(`\nRight for ${percent(accuracy)} of the held-out passages.`);

  const samples = [
    "the old captain stood upon the deck and watched the whale rise from the dark water",
    "the report of the secretary of the treasury will inform you of the receipts and expenditures",
  ];
  const scores = await model.predict(words.apply(samples), { verbose: 0 });
  for (const [i, sample] of samples.entries()) say(`  "${sample}": ${percent(scores.at(i, 0))} novel`);
  return { words, embedding, model, accuracy };
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
