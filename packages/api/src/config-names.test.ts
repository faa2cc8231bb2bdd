import { describe, expect, it } from "vitest";
import { camelToSnake, snakeToCamel, toCamelConfig, toSnakeConfig } from "./config-names.ts";

const pairs = [
  ["outputDim", "output_dim"],
  ["beta1", "beta_1"],
  ["l1", "l1"],
  ["useEma", "use_ema"],
  ["globalClipnorm", "global_clipnorm"],
  ["lowerAndStripPunctuation", "lower_and_strip_punctuation"],
  ["tfIdf", "tf_idf"],
  ["name", "name"],
] as const;

describe("names of options", () => {
  it.each(pairs)("%s is %s in Keras, and back", (camel, snake) => {
    expect(camelToSnake(camel)).toBe(snake);
    expect(snakeToCamel(snake)).toBe(camel);
    expect(camelToSnake(snake)).toBe(snake);
    expect(snakeToCamel(camel)).toBe(camel);
  });

  it("follow Keras' rule for class names", () => {
    expect(camelToSnake("GlobalAveragePooling1D")).toBe("global_average_pooling1d");
    expect(camelToSnake("Embedding")).toBe("embedding");
    expect(camelToSnake("TextVectorization")).toBe("text_vectorization");
  });
});

describe("configurations", () => {
  const camel = {
    className: "Embedding",
    config: {
      name: "my_layer",
      inputDim: 3,
      maskZero: false,
      embeddingsInitializer: {
        className: "VarianceScaling",
        config: { scale: 1, mode: "fanAvg", distribution: "truncatedNormal", seed: null },
      },
      vocabulary: ["two_words", "twoWords"],
      layers: [{ className: "Dense", config: { activation: "hardSigmoid" } }],
    },
  };
  const snake = {
    class_name: "Embedding",
    config: {
      name: "my_layer",
      input_dim: 3,
      mask_zero: false,
      embeddings_initializer: {
        class_name: "VarianceScaling",
        config: { scale: 1, mode: "fan_avg", distribution: "truncated_normal", seed: null },
      },
      vocabulary: ["two_words", "twoWords"],
      layers: [{ class_name: "Dense", config: { activation: "hard_sigmoid" } }],
    },
  };

  it("change keys and names of options at every depth, and nothing else", () => {
    expect(toSnakeConfig(camel)).toEqual(snake);
    expect(toCamelConfig(snake)).toEqual(camel);
    expect(toCamelConfig(camel)).toEqual(camel);
  });
});
