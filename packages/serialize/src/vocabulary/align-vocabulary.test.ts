import { EmbeddingTable, InvalidArgumentError, RandomUniform } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { beforeAll, describe, expect, test } from "vitest";
import { alignVocabulary } from "./align-vocabulary.ts";
import type { PretrainedVectors } from "./align-vocabulary.ts";

let backend: Backend;
let pretrained: PretrainedVectors;
beforeAll(async () => {
  backend = await createCpuBackend();
  const vectors = [
    [1, 2],
    [3, 6],
    [5, 10],
    [7, 7],
    [9, 9],
  ];
  pretrained = { table: EmbeddingTable.from(vectors, { backend }), vocabulary: ["the", "whale", "sea", "<unk>", "the"] };
});

describe("alignVocabulary", () => {
  test("gives the rows in the order of the words, and says what is missing", async () => {
    const { matrix, ...report } = await alignVocabulary(pretrained, ["", "[UNK]", "sea", "squid", "the"]);
    expect(matrix.toArray()).toEqual([
      [0, 0],
      [7, 7],
      [5, 10],
      [0, 0],
      [1, 2],
    ]);
    expect(report).toEqual({ found: 3, byVariant: 1, missing: ["squid"], coverage: 0.75 });
  });

  test("tries other spellings", async () => {
    const variants = (word: string): string[] => [word.toLowerCase()];
    const { matrix, byVariant } = await alignVocabulary(pretrained, ["Whale", "sea"], { variants });
    expect(matrix.toArray()).toEqual([
      [3, 6],
      [5, 10],
    ]);
    expect(byVariant).toBe(1);
  });

  test("fills missing rows with the mean of those that were found; padding stays zeros", async () => {
    const { matrix } = await alignVocabulary(pretrained, ["", "the", "sea", "squid"], { missing: "mean" });
    expect(matrix.toArray()).toEqual([
      [0, 0],
      [1, 2],
      [5, 10],
      [3, 6],
    ]);
  });

  test("fills them at random with the mean and deviation of each column, the same with the same seed", async () => {
    const words = ["the", "sea", ...Array.from({ length: 4000 }, (_, i) => `w${i}`)];
    const { matrix } = await alignVocabulary(pretrained, words, { missing: "normal", seed: 5 });
    const column = (i: number): number[] => Array.from({ length: 4000 }, (_, row) => matrix.at(row + 2, i));
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = (values: number[]): number => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
    expect(Math.abs(mean(column(0)) - 3)).toBeLessThan(0.15);
    expect(Math.abs(deviation(column(0)) - 2)).toBeLessThan(0.15);
    expect(Math.abs(deviation(column(1)) - 4)).toBeLessThan(0.3);
    expect((await alignVocabulary(pretrained, words, { missing: "normal", seed: 5 })).matrix.equals(matrix)).toBe(true);
    expect((await alignVocabulary(pretrained, words, { missing: "normal", seed: 6 })).matrix.equals(matrix)).toBe(false);
  });

  test("or by an initializer, or is strict", async () => {
    const { matrix } = await alignVocabulary(pretrained, ["a", "b"], { missing: new RandomUniform({ minval: 1, maxval: 2, seed: 1 }) });
    expect([...matrix.data].every((value) => value >= 1 && value < 2)).toBe(true);
    expect(matrix.at(0, 0)).not.toBe(matrix.at(1, 0));
    await expect(alignVocabulary(pretrained, ["the", "squid"], { missing: "error" })).rejects.toThrow('1 of 2 words without one: "squid"');
    expect((await alignVocabulary(pretrained, ["the", ""], { missing: "error" })).coverage).toBe(1);
  });

  test("names what it cannot use", async () => {
    const { table } = pretrained;
    await expect(alignVocabulary({ table, vocabulary: undefined }, ["a"])).rejects.toThrow(InvalidArgumentError);
    await expect(alignVocabulary({ table, vocabulary: ["a"] }, ["a"])).rejects.toThrow(
      "one word for each row. Received: 1 word for 5 rows.",
    );
    await expect(alignVocabulary(pretrained, [])).rejects.toThrow("at least one word");
    await expect(alignVocabulary(pretrained, ["a", 1 as unknown as string])).rejects.toThrow("words[1]=1");
    await expect(alignVocabulary(pretrained, ["a"], { missing: "zero" as "zeros" })).rejects.toThrow("one of zeros, mean, normal, error");
  });
});
