import { Dense, Embedding, GlobalAveragePooling1D, Sequential, TextVectorization } from "@rowan/api";
import type { NDArray } from "@rowan/api";
import { isChapter, isOfItsTime, passageLength, plain, splitPassages } from "@rowan/examples/split-passages";
import { breathe } from "../element.ts";
import type { Stage } from "../stage.ts";
import type { ExhibitParts } from "./exhibit.ts";
import { LiveCallback } from "./training.ts";
import type { Watcher } from "./training.ts";

/** Says of a sentence how sure the model is that it is from the novel, 0 to 1. */
export type Judge = (sentence: string) => Promise<number>;

interface Texts {
  readonly novel: readonly { readonly chapter: string; readonly text: string }[];
  readonly addresses: readonly { readonly year: number; readonly text: string }[];
}

async function fetchTexts(signal: AbortSignal): Promise<Texts> {
  const response = await fetch(new URL("texts.bin", document.baseURI), { signal });
  if (!response.ok || !response.body) throw new Error(`The texts must lie beside the page as texts.bin. Received: ${response.status}.`);
  const text = await new Response(response.body.pipeThrough(new DecompressionStream("gzip"))).text();
  return JSON.parse(text) as Texts;
}

/**
 * The demonstration's classifier: is a passage of thirty words from Moby-Dick, or from an address of the same decades?
 *
 * @param stage - Shows the words as they part.
 * @param watcher - Told of each step.
 * @returns The trained model as a judge of sentences, and what ends it.
 */
export async function trainPassages(stage: Stage, watcher: Watcher): Promise<{ judge: Judge; dispose(): void }> {
  watcher.onState("Fetching the texts.");
  const { novel, addresses } = await fetchTexts(watcher.signal);
  const ready = <T extends { readonly text: string }>(entries: readonly T[]): T[] =>
    entries.map((entry) => ({ ...entry, text: plain(entry.text) }));
  const { training, heldOut } = splitPassages(ready(novel.filter(isChapter)), ready(addresses.filter(isOfItsTime)));
  watcher.onState(`Counting the words of ${training.texts.length} passages.`);
  await breathe();
  const words = new TextVectorization({ maxTokens: 20_000, outputSequenceLength: passageLength });
  watcher.signal.throwIfAborted();
  words.adapt(training.texts);
  await breathe();
  watcher.signal.throwIfAborted();
  const embedding = new Embedding({ inputDim: words.vocabularySize(), outputDim: 8, maskZero: true });
  const head = new Dense({ units: 1, activation: "sigmoid" });
  const model = new Sequential([embedding, new GlobalAveragePooling1D(), head], { backend: stage.backend });
  try {
    model.compile({ optimizer: "adam", loss: "binaryCrossentropy", metrics: ["accuracy"] });
    model.optimizer.learningRate = 0.01;
    const vocabulary = words.getVocabulary();
    const parts = async (): Promise<ExhibitParts> => {
      const [[matrix], [kernel]] = (await Promise.all([embedding.getWeights(), head.getWeights()])) as [[NDArray], [NDArray]];
      const vectors = new Float32Array(matrix.data);
      return {
        title: "The words of both collections",
        vectors,
        dim: 8,
        words: vocabulary,
        hidden: [0, 1],
        tones: tonesOf(vectors, kernel.data as Float32Array),
        ends: ["addresses", "Moby-Dick"],
      };
    };
    const x = words.apply(training.texts);
    await model.predict(words.apply(training.texts.slice(0, 2)), { verbose: 0 });
    stage.show(await parts());
    const live = new LiveCallback(
      watcher,
      async () => stage.refresh(await parts()),
      ({ loss = NaN, accuracy = NaN }) => `loss ${loss.toFixed(3)}, right for ${(100 * accuracy).toFixed(1)} %`,
    );
    await model.fit(x, training.labels, { epochs: 3, batchSize: 128, verbose: 0, callbacks: [live] });
    stage.refresh(await parts());
    const { accuracy = 0 } = await model.evaluate(words.apply(heldOut.texts), heldOut.labels, { returnDict: true, verbose: 0 });
    watcher.onState(
      `Right for ${(100 * accuracy).toFixed(1)} % of ${heldOut.texts.length} passages from chapters and addresses that it has not seen.`,
    );
    return {
      judge: async (sentence) => (await model.predict(words.apply([sentence]), { verbose: 0 })).at(0, 0),
      dispose: () => model.dispose(),
    };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** For each word where it stands between the two kinds of text: its row along the head's kernel. */
function tonesOf(vectors: Float32Array, kernel: Float32Array): Float32Array {
  const dim = kernel.length;
  const scores = Float32Array.from({ length: vectors.length / dim }, (_, row) =>
    kernel.reduce((sum, weight, i) => sum + weight * (vectors[row * dim + i] as number), 0),
  );
  const sizes = scores.map(Math.abs).sort();
  const large = (sizes[Math.floor((sizes.length - 1) * 0.97)] as number) || 1;
  return scores.map((score) => Math.max(-1, Math.min(1, score / large)));
}
