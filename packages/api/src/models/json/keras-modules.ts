/** Where Keras keeps the classes that Rowan has too. A class that is not listed is one of the user's own. */
const classesOf: Readonly<Record<string, readonly string[]>> = {
  keras: ["Sequential"],
  "keras.layers": ["Activation", "Dense", "Dropout", "Embedding", "Flatten", "GlobalAveragePooling1D", "InputLayer"],
  "keras.initializers": [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
  ],
  "keras.regularizers": ["L1", "L1L2", "L2"],
  "keras.constraints": ["MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"],
  "keras.optimizers": ["Adagrad", "Adam", "AdamW", "RMSprop", "SGD"],
  "keras.optimizers.schedules": [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
  ],
};

/** Classes that Keras has as losses and, under the same names, as metrics. */
const scores = [
  "BinaryAccuracy",
  "BinaryCrossentropy",
  "CategoricalAccuracy",
  "CategoricalCrossentropy",
  "MeanAbsoluteError",
  "MeanSquaredError",
  "SparseCategoricalAccuracy",
  "SparseCategoricalCrossentropy",
];

const modules: ReadonlyMap<string, string> = new Map(
  Object.entries(classesOf).flatMap(([module, classes]) => classes.map((className) => [className, module] as const)),
);

/**
 * The Python module that holds a class.
 *
 * @param className - Keras' name of a layer, initializer, optimizer, loss, ...
 * @param isMetric - Whether a loss' name means the metric.
 * @returns For example `"keras.layers"`; undefined for a class of the user's own.
 */
export function kerasModule(className: string, isMetric: boolean): string | undefined {
  if (scores.includes(className)) return isMetric ? "keras.metrics" : "keras.losses";
  return modules.get(className);
}
