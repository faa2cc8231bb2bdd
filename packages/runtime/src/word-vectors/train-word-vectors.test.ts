import { InvalidArgumentError, OutOfMemoryError, ShapeMismatchError } from "@rowan/api";
import { expect, test } from "vitest";
import { WordCorpus } from "./corpus.ts";
import type { WordVectorOptions } from "./options.ts";
import type { WordVectorState } from "./state.ts";
import { topicScore, topicSentences } from "./testing.ts";
import { trainWordVectors } from "./train-word-vectors.ts";

const corpus = await WordCorpus.from(topicSentences(10, 4000));
const small: WordVectorOptions = { vectorSize: 16, sample: 0, epochs: 3, learningRate: 0.05 };

test.each(["skipgram", "cbow"] as const)("%s finds which words belong together, and its loss falls below ln 2", async (objective) => {
  const { words, vectors, epochs } = await trainWordVectors(corpus, { ...small, objective });
  expect(vectors.shape).toEqual([100, 16]);
  expect(topicScore(words, vectors.data as Float32Array, 16)).toBeGreaterThan(0.97);
  expect(epochs.map((epoch) => epoch.epoch)).toEqual([0, 1, 2]);
  expect(epochs[2]?.loss).toBeLessThan(0.55);
  expect(epochs[0]?.keptWords).toBe(32_000);
});

test("one thread gives the same bits for a seed, on both kinds of kernels, and others for another seed", async () => {
  const options: WordVectorOptions = { ...small, vectorSize: 10, epochs: 1, sample: 1e-3, negative: 7 };
  const first = await trainWordVectors(corpus, { ...options, kernels: "wasm" });
  const again = await trainWordVectors(corpus, { ...options, kernels: "plain" });
  expect(again.vectors.data).toEqual(first.vectors.data);
  expect(again.state.outputs).toEqual(first.state.outputs);
  expect(first.epochs[0]?.keptWords).toBeLessThan(32_000);
  const other = await trainWordVectors(corpus, { ...options, seed: 2 });
  expect(other.vectors.data).not.toEqual(first.vectors.data);
});

test("two threads find the same structure", async () => {
  const { words, vectors, epochs } = await trainWordVectors(corpus, { ...small, objective: "skipgram", threads: 2 });
  expect(topicScore(words, vectors.data as Float32Array, 16)).toBeGreaterThan(0.97);
  expect(epochs[2]?.keptWords).toBe(32_000);
});

test.each(["skipgram", "cbow"] as const)(
  "of a long text, too, where threads have copies of frequent rows by skip-gram, and pools of noise by cbow: %s",
  async (objective) => {
    const long = await WordCorpus.from(topicSentences(10, 40_000));
    const { words, vectors, epochs } = await trainWordVectors(long, { ...small, objective, epochs: 1, threads: 2 });
    expect(topicScore(words, vectors.data as Float32Array, 16)).toBeGreaterThan(0.97);
    expect(epochs[0]?.keptWords).toBe(320_000);
  },
);

test("a training that goes on from a state ends where one without a break ends", async () => {
  const whole = await trainWordVectors(corpus, small);
  let state: WordVectorState | undefined;
  const part = await trainWordVectors(corpus, {
    ...small,
    onEpoch: ({ epoch }, takeState) => {
      state = takeState();
      return epoch < 0;
    },
  });
  expect(state?.epoch).toBe(1);
  expect(part.epochs).toHaveLength(1);
  const rest = await trainWordVectors(corpus, { ...small, resume: part.state });
  expect(rest.vectors.data).toEqual(whole.vectors.data);
  expect(rest.epochs).toHaveLength(2);
  expect((await trainWordVectors(corpus, { ...small, resume: whole.state })).vectors.data).toEqual(whole.vectors.data);
  await expect(trainWordVectors(corpus, { ...small, vectorSize: 8, resume: part.state })).rejects.toThrow(ShapeMismatchError);
});

test.each([1, 2])("a signal ends the training soon, with %i threads, and progress is told on the way", async (threads) => {
  const controller = new AbortController();
  const seen: number[] = [];
  const training = trainWordVectors(corpus, {
    ...small,
    threads,
    epochs: 1_000_000,
    signal: controller.signal,
    onProgress: ({ words, wordsTotal }) => {
      seen.push(words / wordsTotal);
      if (seen.length === 3) controller.abort(new Error("enough"));
    },
  });
  await expect(training).rejects.toThrow("enough");
  expect(seen.every((share) => share >= 0 && share <= 1)).toBe(true);
  await expect(trainWordVectors(corpus, { signal: AbortSignal.abort(new Error("before")) })).rejects.toThrow("before");
});

test("vocabularies of one word, and more threads than jobs, work", async () => {
  const lone = await WordCorpus.from([["a", "a", "a"], ["a"]], { minCount: 1 });
  const { vectors } = await trainWordVectors(lone, { vectorSize: 3, threads: 3 });
  expect(vectors.shape).toEqual([1, 3]);
  expect([...vectors.data].every(Number.isFinite)).toBe(true);
});

test("bad options, too large a rate and too large a vocabulary are named", async () => {
  await expect(trainWordVectors([["a"]] as unknown as WordCorpus)).rejects.toThrow("Make one: await WordCorpus.from(sentences)");
  const cases: [WordVectorOptions, string][] = [
    [{ objective: "glove" as "cbow" }, '`objective` must be one of "skipgram", "cbow"'],
    [{ window: 0 }, "window"],
    [{ negative: 1001 }, "from 1 to 1000"],
    [{ sample: 2 }, "`sample` must be a number from 0 to 1"],
    [{ minLearningRate: 1 }, "`minLearningRate` must be a number from 0 to 0.025"],
    [{ threads: 1.5 }, "threads"],
    [{ vector_size: 3 } as WordVectorOptions, "vectorSize"],
  ];
  for (const [options, text] of cases) {
    const training = trainWordVectors(corpus, options);
    await expect(training).rejects.toThrow(InvalidArgumentError);
    await expect(training).rejects.toThrow(text);
  }
  await expect(trainWordVectors(corpus, { ...small, learningRate: 1000, minLearningRate: 1000 })).rejects.toThrow("smaller learningRate");
  const wide = await WordCorpus.from([Array.from({ length: 9000 }, (_, i) => `w${i}`)], { minCount: 1 });
  await expect(trainWordVectors(wide, { vectorSize: 65_536 })).rejects.toThrow(OutOfMemoryError);
});
