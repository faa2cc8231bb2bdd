import { readFileSync, readdirSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import {
  Adam,
  Arena,
  BinaryCrossentropy,
  CategoricalCrossentropy,
  Dense,
  EarlyStopping,
  Embedding,
  EmbeddingTable,
  ExponentialDecay,
  GlobalAveragePooling1D,
  InvalidArgumentError,
  PolynomialDecay,
  RMSprop,
  SGD,
  Sequential,
  SparseCategoricalCrossentropy,
  TextVectorization,
  Variable,
  activations,
  binaryCrossentropy,
  categoricalCrossentropy,
  listBackends,
  modelFromJson,
  ops,
  prepareRows,
  selectBackend,
  setBackend,
  sparseCategoricalCrossentropy,
  tensor,
} from "@rowan/api";
import { createNaiveBackend } from "../naive/create-naive-backend.ts";

beforeEach(async () => {
  setBackend(await createNaiveBackend());
});

/** What a program without types may pass. */
const untyped = (options: unknown): never => options as never;

function compiledModel(): Sequential {
  const model = new Sequential([new Dense({ units: 1, inputShape: [2] })]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  return model;
}

const [x, y] = [[[1, 2]], [[1]]];
const hot = (): ReturnType<typeof tensor> => tensor([[0, 1]]);

/** A call that takes a flag, by the flag's name. */
const calls: readonly (readonly [flag: string, call: string, (value: unknown) => unknown])[] = [
  ["maskZero", "Embedding", (maskZero) => new Embedding(untyped({ inputDim: 2, outputDim: 2, maskZero }))],
  ["trainable", "a layer", (trainable) => new Dense(untyped({ units: 2, trainable }))],
  ["trainable", "a variable", (trainable) => new Variable(untyped({ name: "v", shape: [2], trainable }))],
  ["isTable", "a variable", (isTable) => new Variable(untyped({ name: "v", shape: [2], isTable }))],
  ["useBias", "Dense", (useBias) => new Dense(untyped({ units: 2, useBias }))],
  ["keepdims", "GlobalAveragePooling1D", (keepdims) => new GlobalAveragePooling1D(untyped({ keepdims }))],
  ["useEma", "Adam", (useEma) => new Adam(untyped({ useEma }))],
  ["amsgrad", "Adam", (amsgrad) => new Adam(untyped({ amsgrad }))],
  ["nesterov", "SGD", (nesterov) => new SGD(untyped({ nesterov }))],
  ["centered", "RMSprop", (centered) => new RMSprop(untyped({ centered }))],
  [
    "staircase",
    "ExponentialDecay",
    (staircase) => new ExponentialDecay(untyped({ initialLearningRate: 1, decaySteps: 2, decayRate: 0.5, staircase })),
  ],
  ["cycle", "PolynomialDecay", (cycle) => new PolynomialDecay(untyped({ initialLearningRate: 1, decaySteps: 2, cycle }))],
  ["fromLogits", "BinaryCrossentropy", (fromLogits) => new BinaryCrossentropy(untyped({ fromLogits }))],
  ["fromLogits", "CategoricalCrossentropy", (fromLogits) => new CategoricalCrossentropy(untyped({ fromLogits }))],
  ["fromLogits", "SparseCategoricalCrossentropy", (fromLogits) => new SparseCategoricalCrossentropy(untyped({ fromLogits }))],
  ["fromLogits", "binaryCrossentropy", (fromLogits) => binaryCrossentropy(hot(), hot(), untyped({ fromLogits }))],
  ["fromLogits", "categoricalCrossentropy", (fromLogits) => categoricalCrossentropy(hot(), hot(), untyped({ fromLogits }))],
  [
    "fromLogits",
    "sparseCategoricalCrossentropy",
    (fromLogits) => sparseCategoricalCrossentropy(tensor([1], { dtype: "int32" }), hot(), untyped({ fromLogits })),
  ],
  ["restoreBestWeights", "EarlyStopping", (restoreBestWeights) => new EarlyStopping(untyped({ restoreBestWeights }))],
  ["padToMaxTokens", "TextVectorization", (padToMaxTokens) => new TextVectorization(untyped({ maxTokens: 9, padToMaxTokens }))],
  ["approximate", "gelu", (approximate) => activations.gelu(hot(), untyped({ approximate }))],
  [
    "includeSpecialTokens",
    "getVocabulary",
    (includeSpecialTokens) => new TextVectorization().getVocabulary(untyped({ includeSpecialTokens })),
  ],
  ["transposeA", "matmul", (transposeA) => ops.matmul(hot(), hot(), untyped({ transposeA, transposeB: true }))],
  ["transposeB", "matmul", (transposeB) => ops.matmul(hot(), hot(), untyped({ transposeB }))],
  ["keepDims", "sum", (keepDims) => ops.sum(hot(), 1, untyped({ keepDims }))],
  ["keepDims", "mean", (keepDims) => ops.mean(hot(), 1, untyped({ keepDims }))],
  ["keepDims", "max", (keepDims) => ops.max(hot(), 1, untyped({ keepDims }))],
  ["showTrainable", "summary", (showTrainable) => compiledModel().summary(untyped({ showTrainable }))],
  ["expandNested", "summary", (expandNested) => compiledModel().summaryText(untyped({ expandNested }))],
  ["colors", "summary", (colors) => compiledModel().summaryText(untyped({ style: "keras3", colors }))],
  ["compile", "toJson", (compile) => compiledModel().toJson(untyped({ compile }))],
  ["compile", "modelFromJson", (compile) => modelFromJson(compiledModel().toJson(), untyped({ compile }))],
  ["shuffle", "fit", (shuffle) => compiledModel().fit(x, y, untyped({ shuffle }))],
  ["returnDict", "evaluate", (returnDict) => compiledModel().evaluate(x, y, untyped({ returnDict, verbose: 0 }))],
  [
    "includeLastOffset",
    "lookupBags",
    (includeLastOffset) => EmbeddingTable.from([[1]]).lookupBags(untyped({ ids: [0], offsets: [0, 1], includeLastOffset })),
  ],
  ["training", "prepareRows", (training) => prepareRows([], untyped({ training, arena: new Arena() }))],
  ["measure", "listBackends", (measure) => listBackends(untyped({ measure }))],
  ["refresh", "selectBackend", (refresh) => selectBackend(untyped({ refresh }))],
];

describe("a flag that is neither true nor false is refused", () => {
  test.each(calls)("%s of %s", async (flag, _call, call) => {
    for (const value of ["false", 1]) {
      const refused = (async (): Promise<unknown> => call(value))();
      await expect(refused).rejects.toThrow(InvalidArgumentError);
      await expect(refused).rejects.toThrow(`\`${flag}\` must be true or false. Received: ${flag}=${JSON.stringify(value)}.`);
    }
  });

  test("is so for every flag that there is", () => {
    // What a backend, a platform and a terminal say of themselves is nobody's option.
    const facts = ["isLost", "software", "crossOriginIsolated", "isTTY"];
    const sources = new URL("../../../api/src/", import.meta.url);
    const files = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter((file) => /(?<!\.test)\.ts$/.test(file));
    const flags = files.flatMap((file) =>
      [...readFileSync(new URL(file, sources), "utf8").matchAll(/readonly (\w+)\?: boolean/g)].map(([, name = ""]) => name),
    );
    expect(flags.length).toBeGreaterThan(20);
    const tested: readonly string[] = [...facts, ...calls.map(([flag]) => flag)];
    expect(flags.filter((flag) => !tested.includes(flag))).toEqual([]);
  });
});
