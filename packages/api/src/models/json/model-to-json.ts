import { checkFlag, checkOptions } from "../../check-options.ts";
import { toSnakeConfig } from "../../config-names.ts";
import { InvalidArgumentError, UnsupportedOpError, describeValue } from "../../errors.ts";
import type { LossIdentifier } from "../../losses/index.ts";
import type { MetricIdentifier } from "../../metrics/index.ts";
import type { Optimizer } from "../../optimizers/index.ts";
import { checkStyle } from "../../report/index.ts";
import type { ReportStyle } from "../../report/index.ts";
import { serialize } from "../../serialized.ts";
import type { Serializable, Serialized } from "../../serialized.ts";
import type { Model } from "../model.ts";
import { kerasModule } from "./keras-modules.ts";
import { stringify } from "./stringify.ts";

type Config = Readonly<Record<string, unknown>>;

/** Options of `toJson`. */
export interface ToJsonOptions {
  /** Which Keras shall read it: `"keras3"` (default) or `"keras2"` (tf-keras). */
  readonly style?: ReportStyle;
  /** Whether to write how the model was compiled; true when left out. Keras 2 has no place for it. */
  readonly compile?: boolean;
  /** Blanks to indent by; one line when left out. */
  readonly indent?: number;
}

const optionNames = ["style", "compile", "indent"] as const satisfies readonly (keyof ToJsonOptions)[];

/** Activations that Keras 2 does not have, or has another function for. */
const notInKeras2: ReadonlySet<unknown> = new Set(["hardSigmoid", "hardSilu"]);

const float32Policy: Config = { module: "keras", className: "DTypePolicy", config: { name: "float32" }, registeredName: null };

/**
 * A model's configuration in the form of Keras' `to_json`, without its weights.
 *
 * @param model - The model.
 * @param options - `style`, `compile`, `indent`.
 * @returns JSON that `modelFromJson` and `keras.models.model_from_json` read.
 * @throws UnsupportedOpError for what that Keras does not have; InvalidArgumentError for functions of the user's own, and an option
 *   that does not exist.
 */
export function modelToJson(model: Model, options: ToJsonOptions = {}): string {
  checkOptions("toJson", options, '{ style: "keras2" }', optionNames);
  const style = checkStyle(options.style ?? "keras3");
  const compile = checkFlag("compile", options.compile ?? true);
  const serialized = writeModel(model, style);
  if (style === "keras2") {
    return stringify({ ...toSnakeConfig(serialized), keras_version: "2.15.0", backend: "tensorflow" }, options.indent);
  }
  const { compileOptions } = model;
  const writesCompile = compile && compileOptions !== undefined;
  const whole: Config = {
    ...withModules(serialized, false),
    ...(model.inputShape && { buildConfig: { inputShape: model.inputShape } }),
    ...(writesCompile && { compileConfig: writeCompile(model.optimizer, compileOptions) }),
  };
  return stringify(toSnakeConfig(whole), options.indent);
}

function writeModel(model: Model, style: ReportStyle): Record<string, unknown> {
  const { name, trainable, inputShape } = model;
  const given = model.getConfig()["layers"] as readonly Serialized[];
  const named = given.find(({ className }) => className === "InputLayer");
  const layers = model.layers.map((layer) => ("layers" in layer ? writeModel(layer as Model, style) : writeLayer(serialize(layer), style)));
  const inputName = named?.config["name"] ?? (style === "keras2" ? `${model.layers[0]?.name}_input` : "input_layer");
  const input = inputShape && writeInput(inputName, inputShape, style);
  return {
    className: "Sequential",
    config: {
      name,
      ...(style === "keras3" && { trainable, dtype: float32Policy }),
      layers: [...(input ? [input] : []), ...layers],
      ...(style === "keras3" && inputShape && { buildInputShape: inputShape }),
    },
  };
}

function writeInput(name: unknown, shape: readonly (number | null)[], style: ReportStyle): Config {
  const shared = { dtype: "float32", sparse: false, ragged: false, name };
  const config = style === "keras3" ? { batchShape: shape, ...shared, optional: false } : { batchInputShape: shape, ...shared };
  return { className: "InputLayer", config };
}

function writeLayer({ className, config }: Serialized, style: ReportStyle): Config {
  if (kerasModule(className, false) === undefined) return { className, config };
  // The input layer says the shape, and Keras 3 has no other place for it.
  const { batchInputShape: _shape, inputLength, ...rest } = config;
  if (style === "keras3") return { className, config: { ...rest, dtype: float32Policy } };
  const { activation } = rest;
  if (notInKeras2.has(activation)) {
    throw new UnsupportedOpError(
      `Keras 2 has no activation that computes what \`${String(activation)}\` does here. Received: layer ${describeValue(rest["name"])}. Write it with { style: "keras3" }.`,
    );
  }
  return { className, config: { ...rest, dtype: "float32", ...(inputLength !== undefined && { inputLength }) } };
}

/** Adds to every object below where Keras 3 finds its class. */
function withModules(value: Config, isMetric: boolean): Config {
  const entries = Object.entries(value).map(([key, inner]) => [key, visit(inner, isMetric)] as const);
  const { className } = value;
  const body = Object.fromEntries(entries);
  if (typeof className !== "string" || "module" in value) return body;
  const module = kerasModule(className, isMetric);
  return { module: module ?? null, ...body, registeredName: module === undefined ? `Custom>${className}` : null };
}

function visit(value: unknown, isMetric: boolean): unknown {
  if (Array.isArray(value)) return value.map((element: unknown) => visit(element, isMetric));
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return withModules(value as Config, isMetric);
}

function writeCompile(optimizer: Optimizer, options: NonNullable<Model["compileOptions"]>): Config {
  const { loss, metrics, weightedMetrics } = options;
  return {
    optimizer: writeOptimizer(optimizer),
    loss: loss === undefined ? null : visit(writeLoss(loss), false),
    lossWeights: null,
    metrics: metrics ? visit(metrics.map(writeMetric), true) : null,
    weightedMetrics: weightedMetrics ? visit(weightedMetrics.map(writeMetric), true) : null,
    runEagerly: false,
    stepsPerExecution: 1,
    jitCompile: false,
  };
}

/** Options that only Rowan has stand beside Keras' own, where Keras does not look. */
function writeOptimizer(optimizer: Optimizer): Config {
  const { sparseUpdate, learningRate, ...config } = optimizer.getConfig();
  const rate = typeof learningRate === "object" ? writeObject("learningRate", learningRate as object) : learningRate;
  const { className } = optimizer;
  return {
    ...withModules({ className, config: { ...config, learningRate: rate } }, false),
    ...(sparseUpdate !== "exact" && { rowanConfig: { sparseUpdate } }),
  };
}

function writeLoss(loss: LossIdentifier): unknown {
  if (typeof loss === "function") throw ownFunction("loss", loss);
  return typeof loss === "string" ? toSnakeConfig({ loss })["loss"] : writeObject("loss", loss);
}

function writeMetric(metric: MetricIdentifier): unknown {
  return typeof metric === "string" ? toSnakeConfig({ loss: metric })["loss"] : writeObject("metric", metric);
}

function writeObject(kind: string, object: object): Config {
  if ("getConfig" in object && "className" in object && object.className !== "FunctionLoss")
    return serialize(object as Serializable) as unknown as Config;
  if ("className" in object || "class_name" in object) return object;
  throw ownFunction(kind, object);
}

function ownFunction(kind: string, value: unknown): InvalidArgumentError {
  return new InvalidArgumentError(
    `No configuration can hold a function of your own. Received: ${kind}=${describeValue(value)}. Use a named ${kind}, or write the model with { compile: false }.`,
  );
}
