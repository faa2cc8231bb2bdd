import { InvalidArgumentError } from "@rowan/api";
import { expect, test } from "vitest";
import { WordCorpus } from "./corpus.ts";
import { cutJobs } from "./jobs.ts";

test("words by falling count, the first first among equals; rare ones leave their sentences", async () => {
  const corpus = await WordCorpus.from([["b", "a", "c"], [], ["a", "b", "d"], ["d"], ["c", "rare"]], { minCount: 2 });
  expect(corpus.words).toEqual(["b", "a", "c", "d"]);
  expect([...corpus.counts]).toEqual([2, 2, 2, 2]);
  expect([...corpus.ids]).toEqual([0, 1, 2, 1, 0, 3, 3, 2]);
  expect([...corpus.ends]).toEqual([3, 6, 7, 8]);
  expect(corpus.wordsRead).toBe(9);
});

test("a sentence whose words are all rare is no sentence", async () => {
  const corpus = await WordCorpus.from([["x", "x"], ["rare"], ["x"]], { minCount: 2 });
  expect([...corpus.ends]).toEqual([2, 3]);
});

test("sentences that come by and by, a given vocabulary, and the most frequent words alone", async () => {
  async function* lines(): AsyncGenerator<string[]> {
    for (const line of ["a b b", "c c c"]) yield Promise.resolve(line.split(" "));
  }
  const given = await WordCorpus.from(lines(), { vocabulary: ["c", "z", "a"] });
  expect(given.words).toEqual(["c", "z", "a"]);
  expect([...given.counts]).toEqual([3, 0, 1]);
  expect([...given.ids]).toEqual([2, 0, 0, 0]);
  const most = await WordCorpus.from(lines(), { minCount: 1, maxWords: 2 });
  expect(most.words).toEqual(["c", "b"]);
});

test("a sentence of 25,000 words is cut and loses none; more than 65,536 words and sentences keep their order", async () => {
  const long = Array.from({ length: 25_000 }, (_, i) => (i % 2 === 0 ? "even" : "odd"));
  const corpus = await WordCorpus.from([long, ["even"]], { minCount: 1 });
  expect([...corpus.ends]).toEqual([10_000, 20_000, 25_000, 25_001]);
  const many = await WordCorpus.from(
    Array.from({ length: 70_000 }, (_, i) => [`w${i % 7}`]),
    { minCount: 1 },
  );
  expect(many.ends).toHaveLength(70_000);
  expect(many.ids.every((id, i) => many.words[id] === `w${i % 7}`)).toBe(true);
  const jobs = cutJobs(many.ends);
  expect([...jobs]).toEqual([10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000]);
});

test("jobs hold whole sentences and at most 10,000 words", () => {
  expect([...cutJobs(Uint32Array.of(9_999, 10_000, 10_001, 20_000, 30_000))]).toEqual([2, 4, 5]);
  expect([...cutJobs(Uint32Array.of(1))]).toEqual([1]);
});

test("what is no sentence, and a corpus without words, are named", async () => {
  await expect(WordCorpus.from(["the whale"] as unknown as string[][])).rejects.toThrow('Received: "the whale" as sentence 0');
  await expect(WordCorpus.from([["a"], ["b"]])).rejects.toThrow("of which none occurs minCount=5 times");
  await expect(WordCorpus.from([["a"]], { vocabulary: ["a", "a"] })).rejects.toThrow("2 words, 1 different one");
  await expect(WordCorpus.from([["a"]], { minCount: 0 })).rejects.toThrow(InvalidArgumentError);
});
