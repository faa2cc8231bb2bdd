import {
  Activation,
  Adagrad,
  Adam,
  AdamW,
  BinaryAccuracy,
  BinaryCrossentropy,
  CategoricalAccuracy,
  CategoricalCrossentropy,
  Constant,
  CosineDecay,
  CosineDecayRestarts,
  Dense,
  Dropout,
  Embedding,
  ExponentialDecay,
  Flatten,
  GlobalAveragePooling1D,
  GlorotNormal,
  GlorotUniform,
  HeNormal,
  HeUniform,
  Identity,
  Input,
  InverseTimeDecay,
  L1,
  L1L2,
  L2,
  LecunNormal,
  LecunUniform,
  MaxNorm,
  MeanAbsoluteError,
  MeanAbsoluteErrorMetric,
  MeanSquaredError,
  MeanSquaredErrorMetric,
  MinMaxNorm,
  NonNeg,
  Ones,
  PiecewiseConstantDecay,
  PolynomialDecay,
  RMSprop,
  RandomNormal,
  RandomUniform,
  SGD,
  Sequential,
  SparseCategoricalAccuracy,
  SparseCategoricalCrossentropy,
  TruncatedNormal,
  UnitNorm,
  VarianceScaling,
  Zeros,
} from "@rowan/api";
import type { CompileOptions, Layer, ReportStyle } from "@rowan/api";

/** A model whose JSON Keras shall read. */
export interface ConfigCase {
  readonly name: string;
  readonly model: Sequential;
  /** Which Keras has everything that the model is made of. */
  readonly styles: readonly ReportStyle[];
}

const both: readonly ReportStyle[] = ["keras3", "keras2"];
const keras3: readonly ReportStyle[] = ["keras3"];

const initializers = [
  new Zeros(),
  new Ones(),
  new Constant({ value: 0.25 }),
  new Identity({ gain: 2 }),
  new RandomUniform({ minval: -0.125, maxval: 0.25, seed: 3 }),
  new RandomNormal({ mean: 0.5, stddev: 0.125, seed: 3 }),
  new TruncatedNormal({ mean: 0.5, stddev: 0.125 }),
  new VarianceScaling({ scale: 2, mode: "fanOut", distribution: "untruncatedNormal" }),
  new VarianceScaling({ scale: 2, mode: "fanAvg", distribution: "uniform", seed: 7 }),
  new GlorotUniform(),
  new GlorotNormal({ seed: 1 }),
  new HeUniform(),
  new HeNormal(),
  new LecunUniform(),
  new LecunNormal(),
];
const regularizers = [new L1({ l1: 0.5 }), new L2({ l2: 0.25 }), new L1L2({ l1: 0.5, l2: 0.25 })];
const constraints = [
  new MaxNorm({ maxValue: 3, axis: 1 }),
  new MaxNorm({ axis: [0, 1] }),
  new UnitNorm({ axis: 1 }),
  new NonNeg(),
  new MinMaxNorm({ minValue: 0.5, maxValue: 2, rate: 0.5, axis: 1 }),
];
const activations: readonly string[] = [
  "linear",
  "relu",
  "relu6",
  "leakyRelu",
  "elu",
  "selu",
  "gelu",
  "sigmoid",
  "silu",
  "tanh",
  "softplus",
  "softsign",
  "exponential",
  "mish",
  "softmax",
  "logSoftmax",
];
const optimizers: readonly (readonly [string, NonNullable<CompileOptions["optimizer"]>])[] = [
  ["SGD", new SGD({ learningRate: 0.5, momentum: 0.5, nesterov: true })],
  ["Adam", new Adam({ learningRate: 0.5, beta1: 0.75, beta2: 0.875, epsilon: 0.5, amsgrad: true, clipnorm: 1, sparseUpdate: "lazy" })],
  ["AdamW", new AdamW({ weightDecay: 0.125, useEma: true, emaMomentum: 0.5, emaOverwriteFrequency: 5 })],
  ["RMSprop", new RMSprop({ rho: 0.75, momentum: 0.5, centered: true, clipvalue: 0.5 })],
  ["Adagrad", new Adagrad({ initialAccumulatorValue: 0.5, globalClipnorm: 2 })],
  [
    "ExponentialDecay",
    new Adam({ learningRate: new ExponentialDecay({ initialLearningRate: 0.5, decaySteps: 100, decayRate: 0.75, staircase: true }) }),
  ],
  ["InverseTimeDecay", new Adam({ learningRate: new InverseTimeDecay({ initialLearningRate: 0.5, decaySteps: 100, decayRate: 0.75 }) })],
  ["PiecewiseConstantDecay", new Adam({ learningRate: new PiecewiseConstantDecay({ boundaries: [10, 20], values: [0.5, 0.25, 0.125] }) })],
  [
    "PolynomialDecay",
    new Adam({
      learningRate: new PolynomialDecay({ initialLearningRate: 0.5, decaySteps: 100, endLearningRate: 0.125, power: 2, cycle: true }),
    }),
  ],
  [
    "CosineDecay",
    new Adam({
      learningRate: new CosineDecay({ initialLearningRate: 0.5, decaySteps: 100, alpha: 0.125, warmupTarget: 0.75, warmupSteps: 10 }),
    }),
  ],
  [
    "CosineDecayRestarts",
    new Adam({
      learningRate: new CosineDecayRestarts({ initialLearningRate: 0.5, firstDecaySteps: 100, tMul: 2, mMul: 0.5, alpha: 0.125 }),
    }),
  ],
];
const losses: readonly (readonly [string, NonNullable<CompileOptions["loss"]>])[] = [
  ["by name", "binaryCrossentropy"],
  ["MeanSquaredError", new MeanSquaredError({ reduction: "sum" })],
  ["MeanAbsoluteError", new MeanAbsoluteError({ name: "mine" })],
  ["BinaryCrossentropy", new BinaryCrossentropy({ fromLogits: true, labelSmoothing: 0.125 })],
  ["CategoricalCrossentropy", new CategoricalCrossentropy({ fromLogits: true, labelSmoothing: 0.125 })],
  ["SparseCategoricalCrossentropy", new SparseCategoricalCrossentropy({ fromLogits: true, ignoreClass: 2 })],
];

function model(layers: readonly Layer[], shape: readonly (number | null)[] | null = [4]): Sequential {
  return new Sequential([...(shape ? [Input({ shape, name: "input" })] : []), ...layers], { name: "model" });
}

function embedding(options: object = {}): Embedding {
  return new Embedding({ inputDim: 4, outputDim: 4, name: "embedding", ...options });
}

function architectures(): ConfigCase[] {
  return [
    { name: "the tutorial", model: model([embedding({ inputLength: 2 })], null), styles: both },
    { name: "a first layer with inputShape", model: model([new Dense({ units: 2, inputShape: [3], name: "dense" })], null), styles: both },
    { name: "any length", model: model([embedding()], [null]), styles: both },
    { name: "not built", model: model([embedding()], null), styles: keras3 },
    {
      name: "masks and pooling",
      model: model([
        embedding({ maskZero: true }),
        new GlobalAveragePooling1D({ name: "pool" }),
        new Dropout({ rate: 0.25, seed: 3, name: "dropout" }),
        new Dense({ units: 3, useBias: false, name: "dense" }),
        new Activation({ activation: "softmax", name: "activation" }),
      ]),
      styles: both,
    },
    {
      name: "pooling keeps dimensions, channels first",
      model: model([
        embedding(),
        new GlobalAveragePooling1D({ keepdims: true, dataFormat: "channelsFirst", name: "pool" }),
        new Flatten({ name: "flatten" }),
      ]),
      styles: both,
    },
    {
      name: "frozen, and models in models",
      model: model([
        embedding({ trainable: false }),
        new Flatten({ name: "flatten" }),
        new Sequential([new Dense({ units: 4, activation: "relu", name: "dense" }), new Dense({ units: 2, name: "dense_1" })], {
          name: "inner",
        }),
      ]),
      styles: both,
    },
    {
      name: "dense with everything",
      model: model([
        new Dense({
          units: 3,
          activation: "tanh",
          kernelInitializer: new HeNormal({ seed: 2 }),
          biasInitializer: "ones",
          kernelRegularizer: new L2({ l2: 0.25 }),
          biasRegularizer: new L1({ l1: 0.125 }),
          activityRegularizer: new L2({ l2: 0.5 }),
          kernelConstraint: "maxNorm",
          biasConstraint: new NonNeg(),
          name: "dense",
        }),
      ]),
      styles: both,
    },
  ];
}

function compiled(name: string, options: CompileOptions): ConfigCase {
  const made = model([new Dense({ units: 1, name: "dense" })]);
  made.compile(options);
  return { name, model: made, styles: keras3 };
}

/**
 * Models that have every layer, initializer, regularizer, constraint, activation, optimizer, schedule, loss and metric that
 * Keras has too, with numbers that float32 holds exactly.
 *
 * @returns New models, on no backend.
 */
export function configCases(): ConfigCase[] {
  return [
    ...architectures(),
    ...initializers.map((embeddingsInitializer, index) => ({
      name: `initializer ${index}: ${embeddingsInitializer.className}`,
      model: model([embedding({ embeddingsInitializer })]),
      styles: both,
    })),
    ...regularizers.map((embeddingsRegularizer) => ({
      name: `regularizer ${embeddingsRegularizer.className}`,
      model: model([embedding({ embeddingsRegularizer })]),
      styles: both,
    })),
    ...constraints.map((embeddingsConstraint, index) => ({
      name: `constraint ${index}: ${embeddingsConstraint.className}`,
      model: model([embedding({ embeddingsConstraint })]),
      styles: both,
    })),
    ...activations.map((activation) => ({
      name: `activation ${activation}`,
      model: model([new Activation({ activation, name: "activation" })]),
      styles: both,
    })),
    ...["hardSigmoid", "hardSilu"].map((activation) => ({
      name: `activation ${activation}`,
      model: model([new Activation({ activation, name: "activation" })]),
      styles: keras3,
    })),
    ...optimizers.map(([name, optimizer]) => compiled(`optimizer ${name}`, { optimizer, loss: "mse" })),
    ...losses.map(([name, loss]) => compiled(`loss ${name}`, { optimizer: "sgd", loss })),
    compiled("metrics", {
      optimizer: "rmsprop",
      loss: "mse",
      metrics: [
        "accuracy",
        "mae",
        new BinaryAccuracy({ threshold: 0.25 }),
        new CategoricalAccuracy(),
        new SparseCategoricalAccuracy({ name: "mine" }),
      ],
      weightedMetrics: [new MeanSquaredErrorMetric(), new MeanAbsoluteErrorMetric()],
    }),
  ];
}
