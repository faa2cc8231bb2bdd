import { afterEach, describe, expect, it } from "vitest";
import {
  Adam,
  CosineDecay,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  Input,
  Layer,
  Sequential,
  modelFromJson,
  registerLayer,
} from "../../index.ts";
import { InvalidArgumentError, UnknownNameError, UnsupportedOpError } from "../../errors.ts";
import { clearSession } from "../../layers/index.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { PartialShape } from "../../tensor/shape.ts";

type Json = Record<string, unknown>;

/** A Keras 2 model of one Embedding, whose options a test may replace. */
function embeddingModel(options: Json = {}, whole: Json = {}): Json {
  const config = { name: "embedding", input_dim: 4, output_dim: 2, batch_input_shape: [null, 3], ...options };
  return { class_name: "Sequential", config: { name: "model", layers: [{ class_name: "Embedding", config }] }, ...whole };
}

function layerModel(className: string, config: Json): Json {
  return { class_name: "Sequential", config: { name: "model", layers: [{ class_name: className, config }] } };
}

class Doubled extends Layer {
  readonly className = "Doubled";
  readonly wordCount: number;

  constructor(options: { readonly name?: string; readonly wordCount: number }) {
    super(options);
    this.wordCount = options.wordCount;
  }

  call(inputs: Tensor): Tensor {
    return inputs;
  }

  computeOutputShape(inputShape: PartialShape): PartialShape {
    return inputShape;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), wordCount: this.wordCount };
  }
}

registerLayer("Doubled", (config) => new Doubled(config as never));

describe("modelFromJson", () => {
  afterEach(clearSession);

  it("takes text and objects, and the model's own form as well as Keras'", () => {
    const model = modelFromJson(JSON.stringify(embeddingModel()));
    expect(model.inputShape).toEqual([null, 3]);
    expect(model.outputShape).toEqual([null, 3, 2]);
    const own = { className: "Sequential", config: model.getConfig() };
    expect(modelFromJson(own).toJson()).toBe(model.toJson());
  });

  it("takes the bare list of layers of the first versions of Keras 2", () => {
    const { config } = embeddingModel() as { config: { layers: unknown[] } };
    expect(modelFromJson({ class_name: "Sequential", config: config.layers }).layers).toHaveLength(1);
  });

  it("knows the input from input_length, batch_shape, build_input_shape", () => {
    const without = { batch_input_shape: undefined };
    expect(modelFromJson(embeddingModel({ ...without, input_length: 5 })).inputShape).toEqual([null, 5]);
    const built = embeddingModel(without) as { config: Json };
    expect(modelFromJson({ ...built, config: { ...built.config, build_input_shape: [null, 6] } }).inputShape).toEqual([null, 6]);
    const layers = [
      { class_name: "InputLayer", config: { batch_shape: [null, 7], dtype: "int32", sparse: false } },
      ...(built.config["layers"] as Json[]),
    ];
    expect(modelFromJson({ ...built, config: { ...built.config, layers } }).inputShape).toEqual([null, 7]);
  });

  it.each([
    ["dtype", "float16"],
    ["dtype", { class_name: "DTypePolicy", config: { name: "mixed_float16" } }],
    ["lora_rank", 4],
    ["quantization_config", { mode: "int8" }],
  ])("refuses the option %s", (key, value) => {
    expect(() => modelFromJson(embeddingModel({ [key]: value }))).toThrow(UnsupportedOpError);
    expect(() => modelFromJson(embeddingModel({ [key]: value }))).toThrow(`layer "embedding" (Embedding): `);
  });

  it.each([
    ["a sparse input", "InputLayer", { batch_shape: [null, 2], sparse: true }, "`sparse`"],
    ["a ragged input", "InputLayer", { batch_shape: [null, 2], ragged: true }, "`ragged`"],
    ["noise of one shape", "Dropout", { rate: 0.5, noise_shape: [1, 2] }, "`noise_shape`"],
    ["channels first in Flatten", "Flatten", { data_format: "channels_first" }, "`data_format`"],
    [
      "an option of an initializer",
      "Dense",
      { units: 1, kernel_initializer: { class_name: "Zeros", config: { sparsity: 0.5 } } },
      "kernel_initializer: Rowan has no option `sparsity`",
    ],
  ])("refuses %s", (_what, className, config, message) => {
    expect(() => modelFromJson(layerModel(className, config))).toThrow(UnsupportedOpError);
    expect(() => modelFromJson(layerModel(className, config))).toThrow(message);
  });

  it("tolerates keys that say nothing", () => {
    const config = {
      quantization_config: null,
      autocast: true,
      some_day: false,
      shared_object_id: 12,
      dtype: { class_name: "Policy", config: { name: "float32" } },
    };
    expect(modelFromJson(embeddingModel(config)).built).toBe(true);
  });

  it("refuses layers that do not exist, and lists those that do", () => {
    expect(() => modelFromJson(layerModel("LSTM", { units: 3 }))).toThrow(UnknownNameError);
    expect(() => modelFromJson(layerModel("LSTM", { units: 3 }))).toThrow(/Activation, Dense, Dropout, Embedding.*Received: layer="LSTM"/);
    expect(() => modelFromJson(layerModel("Dense", { units: 3, kernel_initializer: { class_name: "Orthogonal", config: {} } }))).toThrow(
      UnknownNameError,
    );
  });

  it("refuses what is not a Sequential model", () => {
    expect(() => modelFromJson({ class_name: "Functional", config: {} })).toThrow(UnsupportedOpError);
    for (const value of ["", "{", "[]", "1", "{}", '{"class_name":"Sequential"}', '{"class_name":"Sequential","config":{}}']) {
      expect(() => modelFromJson(value), value).toThrow(InvalidArgumentError);
    }
  });

  it("refuses hard_sigmoid of Keras 2, which is another function, in both directions", () => {
    const json = layerModel("Activation", { activation: "hard_sigmoid" });
    expect(() => modelFromJson({ ...json, keras_version: "2.15.0" })).toThrow(UnsupportedOpError);
    expect(() => modelFromJson(json).toJson({ style: "keras2" })).toThrow(UnsupportedOpError);
    expect(modelFromJson(json).toJson()).toContain('"activation":"hard_sigmoid"');
  });

  it("compiles unless told not to", () => {
    const compileConfig = {
      optimizer: { class_name: "Adam", config: { learning_rate: 0.5, jit_compile: true } },
      loss: "mse",
      metrics: ["acc"],
    };
    const json = embeddingModel({}, { compile_config: compileConfig });
    expect(modelFromJson(json).optimizer).toMatchObject({ className: "Adam", learningRate: 0.5 });
    expect(modelFromJson(json, { compile: false }).compileOptions).toBeUndefined();
    expect(modelFromJson(embeddingModel({}, { compile_config: {} })).compileOptions).toBeUndefined();
  });

  it.each([
    ["an unknown optimizer", { optimizer: "ftrl", loss: "mse" }, UnknownNameError],
    ["no optimizer", { optimizer: null, loss: "mse" }, InvalidArgumentError],
    [
      "accumulated gradients",
      { optimizer: { class_name: "Adam", config: { gradient_accumulation_steps: 4 } }, loss: "mse" },
      UnsupportedOpError,
    ],
    ["several losses", { optimizer: "sgd", loss: ["mse", "mae"] }, UnsupportedOpError],
    ["weights of losses", { optimizer: "sgd", loss: "mse", loss_weights: [0.5] }, UnsupportedOpError],
    ["metrics by output", { optimizer: "sgd", loss: "mse", metrics: { a: ["acc"] } }, UnsupportedOpError],
    ["an option of a loss", { optimizer: "sgd", loss: { class_name: "BinaryCrossentropy", config: { axis: 1 } } }, UnsupportedOpError],
  ])("refuses %s", (_what, config, error) => {
    expect(() => modelFromJson(embeddingModel({}, { compile_config: config }))).toThrow(error);
  });

  it("reads the reduction of Keras 2", () => {
    const loss = { class_name: "MeanSquaredError", config: { reduction: "auto", name: "mean_squared_error", fn: "mean_squared_error" } };
    const model = modelFromJson(embeddingModel({}, { compile_config: { optimizer: "sgd", loss } }));
    expect(model.compileOptions?.loss).toMatchObject({ reduction: "sumOverBatchSize" });
  });
});

describe("toJson", () => {
  afterEach(clearSession);

  it("keeps options that only Rowan has", () => {
    const model = new Sequential([new Embedding({ inputDim: 4, outputDim: 2, inputLength: 3 })]);
    model.compile({ optimizer: new Adam({ sparseUpdate: "lazy" }), loss: "mse" });
    expect(modelFromJson(model.toJson()).optimizer.sparseUpdate).toBe("lazy");
  });

  it("keeps layers of the user's own", () => {
    const model = new Sequential([new Doubled({ wordCount: 3 }), new Flatten()]);
    const json = model.toJson();
    expect(json).toContain('"registered_name":"Custom>Doubled"');
    const [again] = modelFromJson(json).layers;
    expect(again).toBeInstanceOf(Doubled);
    expect(again).toMatchObject({ wordCount: 3 });
  });

  it("indents, and leaves the compilation out, on request", () => {
    const model = new Sequential([Input({ shape: [2] }), new Dense({ units: 1 })]);
    model.compile({ optimizer: "sgd", loss: (_target, prediction) => prediction });
    expect(() => model.toJson()).toThrow(InvalidArgumentError);
    expect(model.toJson({ compile: false, indent: 1 })).toMatch(/^\{\n "module": "keras",\n/);
    expect(model.toJson({ compile: false })).not.toContain("compile_config");
  });

  it("refuses a schedule that is a function of the user's own", () => {
    const model = new Sequential([Input({ shape: [2] }), new Dense({ units: 1 })]);
    model.compile({ optimizer: new Adam({ learningRate: { call: () => 0.5 } }), loss: "mse" });
    expect(() => model.toJson()).toThrow(InvalidArgumentError);
    model.compile({ optimizer: new Adam({ learningRate: new CosineDecay({ initialLearningRate: 1, decaySteps: 2 }) }), loss: "mse" });
    expect(model.toJson()).toContain('"class_name":"CosineDecay"');
  });

  it("writes whole numbers that Keras wants as floats with a point", () => {
    const model = new Sequential([new Dropout({ rate: 0.5 })]);
    model.compile({ optimizer: { className: "SGD", config: { learningRate: 1, momentum: 0 } } });
    expect(model.toJson()).toContain('"momentum":0.0');
    expect(model.toJson({ indent: 2 })).toContain('"learning_rate": 1.0');
  });

  it("refuses a style that does not exist", () => {
    expect(() => new Sequential([new Flatten()]).toJson({ style: "keras4" as never })).toThrow(UnknownNameError);
  });
});
