import type { Backend } from "../../backend/backend.ts";
import { checkFlag, checkOptions } from "../../check-options.ts";
import { InvalidArgumentError, UnsupportedOpError, describeValue } from "../../errors.ts";
import { layerFromConfig } from "../../layers/layer-registry.ts";
import type { Layer } from "../../layers/layer.ts";
import { readSerialized } from "../../serialized.ts";
import type { PartialShape } from "../../tensor/shape.ts";
import { Sequential } from "../sequential.ts";
import { readCompileConfig } from "./read-compile.ts";
import { checkDType, checkUnused, readValue } from "./read-value.ts";

type Config = Readonly<Record<string, unknown>>;

/** Options of `modelFromJson`. */
export interface ModelFromJsonOptions {
  /** Where the model runs; the default backend at its first use when left out. */
  readonly backend?: Backend;
  /** Whether to compile the model as the configuration says, where it says so; true when left out. */
  readonly compile?: boolean;
}

const optionNames = ["backend", "compile"] as const satisfies readonly (keyof ModelFromJsonOptions)[];

/** What a reader must know about the file as a whole. */
interface Origin {
  /** Written by Keras 2 (tf-keras), where some names mean another function. */
  readonly isKeras2: boolean;
}

/**
 * Makes a model from its JSON configuration, with new weights: what `model.toJson` or Keras' `to_json` wrote, in Keras 2 or 3.
 *
 * @param json - The text, or the object that it stands for; the `config.json` inside of a `.keras` file is one.
 * @param options - `backend`; `compile: false` leaves out how it was compiled.
 * @returns The model, built where the configuration knows its input shape, compiled where it says how.
 * @throws InvalidArgumentError when it is no configuration of a model, or for an option that does not exist or cannot be; UnknownNameError for a layer, optimizer, ... that does not
 *   exist here, with the list of those that do; UnsupportedOpError for an option that Rowan does not have, or a model that is not Sequential.
 * @example
 * const model = modelFromJson(await readFile("model.json", "utf8"));
 */
export function modelFromJson(json: string | object, options: ModelFromJsonOptions = {}): Sequential {
  checkOptions("modelFromJson", options, "{ compile: false }", optionNames);
  const compile = checkFlag("compile", options.compile ?? true);
  const given = typeof json === "string" ? parse(json) : json;
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw notAModel(given);
  const whole = given as Config;
  const version = whole["keras_version"];
  const isKeras2 = typeof version === "string" && version !== "" && !("module" in whole);
  const read = readValue(whole);
  if (typeof read["className"] !== "string") throw notAModel(given);
  const model = readSequential(read, { isKeras2 }, options.backend);
  const { compileConfig } = read;
  // Keras 3 writes an empty one for a model that was not compiled.
  const isCompiled = typeof compileConfig === "object" && compileConfig !== null && Object.keys(compileConfig).length > 0;
  if (isCompiled && compile) {
    model.compile(readCompileConfig(compileConfig as Config));
  }
  return model;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidArgumentError(
      `\`json\` must be the JSON configuration of a model. Received: json=${describeValue(text)}, which is not JSON. Pass what model.toJson() or Keras' model.to_json() gave.`,
      { cause },
    );
  }
}

function notAModel(value: unknown): InvalidArgumentError {
  return new InvalidArgumentError(
    `\`json\` must be the configuration of a model: { class_name, config }. Received: json=${describeValue(value)}. Pass what model.toJson() or Keras' model.to_json() gave.`,
  );
}

function readSequential(value: Config, origin: Origin, backend?: Backend): Sequential {
  const className = value["className"] as string;
  if (className !== "Sequential") {
    throw new UnsupportedOpError(
      `The model must be a Sequential one. Received: class_name=${describeValue(className)}. Rebuild it in Keras as a Sequential model of the same layers.`,
    );
  }
  // The first versions of Keras 2 wrote the list of layers alone.
  const config: Config = Array.isArray(value["config"]) ? { layers: value["config"] } : readSerialized("model", value).config;
  const { name, trainable, layers, buildInputShape, dtype } = config as Config & {
    name?: string;
    trainable?: boolean;
    buildInputShape?: PartialShape;
  };
  checkDType(`model "${name ?? className}"`, dtype);
  if (!Array.isArray(layers))
    throw new InvalidArgumentError(
      `The configuration of a Sequential model must have \`layers\`. Received: layers=${describeValue(layers)}.`,
    );
  const model = new Sequential(
    layers.map((layer: unknown) => readLayer(layer, origin)),
    { ...(backend && { backend }), ...(name != null && { name }), ...(trainable !== undefined && { trainable }) },
  );
  if (Array.isArray(buildInputShape) && !model.built && model.layers.length > 0) model.ensureBuilt(buildInputShape);
  return model;
}

function readLayer(value: unknown, origin: Origin): Layer {
  if (typeof value === "object" && value !== null && "className" in value && value.className === "Sequential")
    return readSequential(value, origin);
  const { className, config } = readSerialized("layer", value);
  const { name, ...rest } = config;
  // Classes of the user's own carry the package that they were registered for.
  const layer = layerFromConfig({ className: className.replace(/^.*>/, ""), config: { ...rest, ...(name != null && { name }) } });
  const where = `layer "${layer.name}" (${className})`;
  if (origin.isKeras2 && config["activation"] === "hardSigmoid") {
    throw new UnsupportedOpError(
      `${where}: hard_sigmoid of Keras 2 is clip(0.2 x + 0.5, 0, 1), that of Keras 3 and Rowan is relu6(x + 3) / 6. Received: activation="hard_sigmoid". Use another activation.`,
    );
  }
  checkUnused(where, config, layer.getConfig());
  return layer;
}
