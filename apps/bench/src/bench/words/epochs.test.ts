import { WordCorpus, trainWordVectors } from "@rowan/runtime/word-vectors";
import type { WordVectorOptions } from "@rowan/runtime/word-vectors";
import { beforeEach, expect, test, vi } from "vitest";
import { Epochs } from "./epochs.ts";

vi.mock(import("@rowan/runtime/word-vectors"), async (original) => {
  const all = await original();
  return { ...all, trainWordVectors: vi.fn(all.trainWordVectors) };
});

const corpus = await WordCorpus.from(
  Array.from({ length: 50 }, (_, i) => [`a${i % 5}`, `b${i % 3}`, "c"]),
  { minCount: 1 },
);
const options: WordVectorOptions = { vectorSize: 4, epochs: 3, threads: 1 };
const trainings = vi.mocked(trainWordVectors);

beforeEach(() => {
  trainings.mockClear();
});

test("three epochs are a training, and the next is of another one with another seed", async () => {
  const epochs = new Epochs(corpus, options);
  for (let call = 1; call <= 7; call++) {
    await epochs.next();
    expect(trainings).toHaveBeenCalledTimes(Math.ceil(call / 3));
  }
  expect(trainings.mock.calls.map(([, given]) => given?.seed)).toEqual([1, 2, 3]);
  await epochs.close();
  const done = await Promise.all(
    trainings.mock.results.map(async ({ value }) => (await (value as ReturnType<typeof trainWordVectors>)).epochs),
  );
  expect(done.map(({ length }) => length)).toEqual([3, 3, 1]);
});

test("an interruption ends the wait for an epoch", async () => {
  const stop = new AbortController();
  const epochs = new Epochs(corpus, { ...options, signal: stop.signal });
  await epochs.next();
  stop.abort(new Error("enough"));
  await expect(epochs.next()).rejects.toThrow("enough");
  await epochs.close();
});
