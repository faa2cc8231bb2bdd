import { describe, expect, it } from "vitest";
import { InvalidArgumentError, NotBuiltError, ShapeMismatchError, UnknownNameError, UnsupportedOpError } from "../errors.ts";
import type { TextVectorizationOptions } from "./options.ts";
import { compareCodePoints, rankTokens } from "./rank-tokens.ts";
import { TextVectorization } from "./text-vectorization.ts";

const texts = ["b a c", "a b", "A!"];

function adapted(options: TextVectorizationOptions = {}): TextVectorization {
  const layer = new TextVectorization(options);
  layer.adapt(texts);
  return layer;
}

describe("adapt", () => {
  it("takes a list, a generator of texts and a generator of batches", () => {
    const expected = ["", "[UNK]", "a", "b", "c"];
    expect(adapted().getVocabulary()).toEqual(expected);
    const one = new TextVectorization();
    one.adapt(texts.values());
    expect(one.getVocabulary()).toEqual(expected);
    const batches = new TextVectorization();
    batches.adapt([texts.slice(0, 2), texts.slice(2)].values());
    expect(batches.getVocabulary()).toEqual(expected);
  });

  it("replaces what was learned, unless nothing is learned", () => {
    const layer = adapted();
    layer.adapt(["z"]);
    expect(layer.getVocabulary()).toEqual(["", "[UNK]", "z"]);
    layer.adapt(["", "?!"]);
    expect(layer.getVocabulary()).toEqual(["", "[UNK]", "z"]);
  });

  it("in several parts gives what it gives at once", () => {
    for (const outputMode of ["int", "tfIdf"] as const) {
      const layer = new TextVectorization({ outputMode });
      for (const text of texts) layer.updateState([text]);
      expect(layer.vocabularySize()).toBe(outputMode === "int" ? 2 : 1);
      layer.finalizeState();
      const whole = adapted({ outputMode });
      expect(layer.getVocabulary()).toEqual(whole.getVocabulary());
      expect(layer.getIdfWeights()).toEqual(whole.getIdfWeights());
    }
  });

  it("refuses where the vocabulary was given as an option, not where it was set", () => {
    expect(() => {
      new TextVectorization({ vocabulary: ["x"] }).adapt(texts);
    }).toThrow(InvalidArgumentError);
    const layer = new TextVectorization();
    layer.setVocabulary(["x"]);
    layer.adapt(texts);
    expect(layer.getVocabulary()).toContain("c");
  });

  it("keeps the vocabulary when a text is none", () => {
    const layer = adapted();
    expect(() => {
      layer.adapt(["new", 3 as unknown as string]);
    }).toThrow("Texts must be strings. Received: text=3 (of type number)");
    expect(layer.getVocabulary()).toEqual(["", "[UNK]", "a", "b", "c"]);
  });
});

describe("apply", () => {
  it("gives int32 ids, padded to the longest row", () => {
    const ids = adapted().apply(["c a zebra", "b", ""]);
    expect(ids.dtype).toBe("int32");
    expect(ids.shape).toEqual([3, 3]);
    expect([...ids.data]).toEqual([4, 2, 1, 3, 0, 0, 0, 0, 0]);
  });

  it("gives empty rectangles for nothing", () => {
    expect(adapted().apply([]).shape).toEqual([0, 0]);
    expect(adapted().apply([""]).shape).toEqual([1, 0]);
    expect(adapted({ outputSequenceLength: 2 }).apply([]).shape).toEqual([0, 2]);
  });

  it("works with a vocabulary of special tokens alone", () => {
    expect([...adapted({ maxTokens: 2 }).apply(["a b"]).data]).toEqual([1, 1]);
  });

  it("gives float32 counts", () => {
    expect(adapted({ outputMode: "count" }).apply(["a a x"]).dtype).toBe("float32");
    expect([...adapted({ outputMode: "count" }).apply(["a a x"]).data]).toEqual([1, 2, 0, 0]);
  });

  it("uses functions for standardize and split", () => {
    const layer = adapted({ standardize: (text) => text.toUpperCase(), split: (text) => text.split(/ |!/) });
    expect(layer.getVocabulary()).toEqual(["", "[UNK]", "A", "B", "C"]);
    expect(layer.applyRagged(["a!!c"])).toEqual([[2, 0, 4]]);
    const wrong = new TextVectorization({ split: (() => "text") as unknown as (text: string) => string[] });
    expect(() => {
      wrong.adapt(["a"]);
    }).toThrow("A function `split` must return a list of strings");
  });

  it("takes rows of one text and names longer ones", () => {
    expect([...adapted().apply([["a b"], ["c"]]).data]).toEqual([2, 3, 4, 0]);
    expect(() => adapted().apply([["a", "b"]])).toThrow(ShapeMismatchError);
    expect(() => adapted().apply([[]])).toThrow("Received: a row of 0 texts");
  });

  it("names what is no list of texts", () => {
    expect(() => adapted().apply("a b" as unknown as string[])).toThrow("Put a single text into a list: [text].");
    expect(() => adapted({ outputMode: "count" }).apply("a b" as unknown as string[])).toThrow(InvalidArgumentError);
    expect(() => adapted().apply([null as unknown as string])).toThrow("Received: text=null");
  });

  it("needs a vocabulary", () => {
    expect(() => new TextVectorization().apply(["a"])).toThrow(NotBuiltError);
    expect(() => new TextVectorization().apply(["a"])).toThrow("Call `adapt(texts)` or `setVocabulary(tokens)` first.");
  });
});

describe("applyRagged and tokenize", () => {
  it("give rows as long as their texts", () => {
    expect(adapted({ outputSequenceLength: 1 }).applyRagged(["a b c", ""])).toEqual([[2, 3, 4], []]);
    expect(adapted().tokenize("Don't stop, b!")).toEqual(["dont", "stop", "b"]);
  });

  it("need ids", () => {
    expect(() => adapted({ outputMode: "count" }).applyRagged(["a"])).toThrow(UnsupportedOpError);
  });
});

describe("setVocabulary", () => {
  it.each([
    [[], "must be a non-empty list of strings"],
    [["x", "y", "x"], 'must hold each token once. Received: vocabulary with 1 repeated token: "x"'],
    [["x", ""], 'must hold the padding token "" nowhere but at its start'],
    [["x", "y", "z"], "must hold at most maxTokens=4 tokens, special ones included. Received: 5 tokens"],
  ])("refuses %j and keeps the old one", (vocabulary, message) => {
    const layer = new TextVectorization({ maxTokens: 4 });
    layer.setVocabulary(["old"]);
    expect(() => {
      layer.setVocabulary(vocabulary);
    }).toThrow(InvalidArgumentError);
    expect(() => {
      layer.setVocabulary(vocabulary);
    }).toThrow(message);
    expect(layer.getVocabulary()).toEqual(["", "[UNK]", "old"]);
  });

  it("takes back what getVocabulary and getIdfWeights gave", () => {
    for (const options of [{}, { outputMode: "count" }, { outputMode: "tfIdf", maxTokens: 9, padToMaxTokens: true }] as const) {
      const layer = adapted(options);
      const again = TextVectorization.fromConfig(JSON.parse(JSON.stringify(layer.getConfig())) as Record<string, unknown>);
      again.setVocabulary(layer.getVocabulary(), layer.getIdfWeights() ?? undefined);
      expect(again.apply(["a b zebra a"])).toEqual(layer.apply(["a b zebra a"]));
    }
  });

  it("wants weights for tf-idf and only there", () => {
    const needsWeights = '`idfWeights` must be given for outputMode "tfIdf", and only there.';
    expect(() => new TextVectorization({ outputMode: "tfIdf", vocabulary: ["x"] })).toThrow(needsWeights);
    expect(() => new TextVectorization({ vocabulary: ["x"], idfWeights: [1] })).toThrow(needsWeights);
    expect(() => new TextVectorization({ outputMode: "tfIdf", vocabulary: ["x"], idfWeights: [1, 2] })).toThrow("Received: 2 weights");
    expect(() => new TextVectorization({ outputMode: "tfIdf", idfWeights: [1] })).toThrow("`idfWeights` needs `vocabulary`");
  });
});

describe("options", () => {
  it.each<[Record<string, unknown>, string]>([
    [{ maxTokens: 1 }, "`maxTokens` must be an integer greater than 1"],
    [{ padToMaxTokens: true }, "`padToMaxTokens` needs `maxTokens`"],
    [{ outputSequenceLength: 0 }, "`outputSequenceLength` must be a positive integer"],
    [{ outputSequenceLength: 3, outputMode: "count" }, '`outputSequenceLength` is only for outputMode "int"'],
    [{ ngrams: 0 }, "`ngrams` must be a positive integer or a list of positive integers. Received: ngrams=0"],
    [{ ngrams: [] }, "Received: ngrams=[]"],
    [{ split: 3 }, "`split` must be a name, a function, or null. Received: split=3"],
  ])("out of range are named: %j", (options, message) => {
    expect(() => new TextVectorization(options)).toThrow(InvalidArgumentError);
    expect(() => new TextVectorization(options)).toThrow(message);
  });

  it("of unknown names are named with the nearest", () => {
    expect(() => new TextVectorization({ outputMode: "multihut" as "multiHot" })).toThrow(UnknownNameError);
    expect(() => new TextVectorization({ split: "whitspace" as "whitespace" })).toThrow('Did you mean "whitespace"?');
    expect(() => new TextVectorization({ standardize: "lowr" as "lower" })).toThrow('Did you mean "lower"?');
  });

  it("come back from the configuration, in either spelling", () => {
    const config = {
      maxTokens: 12,
      standardize: "stripPunctuation",
      split: "character",
      ngrams: [1, 3],
      outputMode: "multiHot",
      outputSequenceLength: null,
      padToMaxTokens: true,
      vocabulary: ["two_words", "x"],
      idfWeights: null,
    };
    expect(TextVectorization.fromConfig(config).getConfig()).toEqual(config);
    const keras = {
      name: "text_vectorization",
      trainable: true,
      max_tokens: 12,
      standardize: "strip_punctuation",
      split: "character",
      ngrams: [1, 3],
      output_mode: "multi_hot",
      output_sequence_length: null,
      pad_to_max_tokens: true,
      sparse: false,
      ragged: false,
      vocabulary: ["two_words", "x"],
      idf_weights: null,
      encoding: "utf-8",
      vocabulary_size: 3,
    };
    expect(TextVectorization.fromConfig(keras).getConfig()).toEqual(config);
  });

  it("that have no counterpart are named", () => {
    expect(() => TextVectorization.fromConfig({ ragged: true })).toThrow(
      "`ragged` must be false. Received: ragged=true. Use `applyRagged`",
    );
    expect(() => TextVectorization.fromConfig({ encoding: "latin-1" })).toThrow(UnsupportedOpError);
    expect(() => new TextVectorization({ split: (text) => [text] }).getConfig()).toThrow(UnsupportedOpError);
  });
});

describe("the order of tokens", () => {
  it("is that of their UTF-8 bytes", () => {
    const tokens = ["", "a", "ab", "b", "é", "\ud7ff", "\ue000", "\uffff", "😀", "😁", "😀a"];
    const encoder = new TextEncoder();
    const byBytes = [...tokens].sort((a, b) => Buffer.compare(encoder.encode(a), encoder.encode(b)));
    expect([...tokens].reverse().sort(compareCodePoints)).toEqual(byBytes);
  });

  it("puts the frequent first and, among equals, the later", () => {
    expect(rankTokens(new Map(Object.entries({ a: 1, b: 3, c: 1, d: 2 })))).toEqual(["b", "d", "c", "a"]);
  });
});
