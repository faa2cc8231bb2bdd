/** Against what Keras gives: tools/golden/preprocessing/text_vectorization.py. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TextVectorization } from "./text-vectorization.ts";
import type { Text } from "./tokenize.ts";

interface Case {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly adapt: readonly Text[] | null;
  readonly apply: readonly Text[];
  readonly vocabulary: readonly string[];
  readonly words: readonly string[];
  readonly output: readonly (readonly number[])[];
  readonly shape: readonly number[];
}

const file = new URL("../../../conformance/fixtures/text-vectorization.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { readonly cases: readonly Case[] };

describe("TextVectorization gives what Keras gives", () => {
  it.each(cases)("$name", ({ options, adapt, apply, vocabulary, words, output, shape }) => {
    const layer = TextVectorization.fromConfig(options);
    if (adapt) layer.adapt(adapt);
    expect(layer.getVocabulary()).toEqual(vocabulary);
    expect(layer.getVocabulary({ includeSpecialTokens: false })).toEqual(words);
    expect(layer.vocabularySize()).toBe(vocabulary.length);

    const result = layer.apply(apply);
    expect(result.shape).toEqual(shape);
    if (options["output_mode"] !== "tf_idf") {
      expect([...result.data]).toEqual(output.flat());
      return;
    }
    // The weights are float32 logarithms, and their mean is a float32 sum in Keras: a few units in the last place.
    output.flat().forEach((expected, i) => {
      expect(Math.abs((result.data[i] as number) - expected)).toBeLessThanOrEqual(5e-7 * Math.abs(expected));
    });
  });
});
