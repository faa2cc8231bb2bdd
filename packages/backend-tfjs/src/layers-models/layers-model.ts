import { NDArray, NotBuiltError, Sequential, ShapeMismatchError, checkOptions, describeValue, modelFromJson } from "@rowan/api";
import type { Backend, Layer } from "@rowan/api";
import { asSequential, forTfjs, refuseMaskedPooling } from "./topology.ts";
import type { ModelJson } from "./topology.ts";

/** A weight of TensorFlow.js. */
export interface TfjsWeight {
  readonly shape: readonly number[];
  data(): Promise<ArrayLike<number>>;
}

/** What is used of a `LayersModel` of @tensorflow/tfjs-layers; any copy of that package will do. */
export interface TfjsLayersModel {
  readonly layers: readonly { readonly name: string; getWeights(): readonly TfjsWeight[] }[];
  toJSON(unused: null, returnString: false): unknown;
}

/** A model as `loadLayersModel` asks for it. */
export interface TfjsModelSource {
  load(): Promise<{
    modelTopology: object;
    weightSpecs: { name: string; shape: number[]; dtype: "float32" }[];
    weightData: ArrayBuffer;
  }>;
}

/** Options of `fromTfjsLayersModel`. */
export interface FromTfjsOptions {
  /** Where the model runs; the default backend at its first use when left out. */
  readonly backend?: Backend;
}

const fromTfjsOptionNames = ["backend"] as const satisfies readonly (keyof FromTfjsOptions)[];

/**
 * A model of TensorFlow.js as one of Rowan's, with the same weights.
 *
 * @param model - A Sequential of layers that Rowan has, or a functional model that is one chain of them.
 * @param options - `backend`: where it shall run.
 * @returns A model that is not compiled.
 * @throws InvalidArgumentError for an option that does not exist.
 * @throws UnknownNameError for a layer or an activation that Rowan does not have.
 * @throws UnsupportedOpError for layers that branch, or what both compute differently: `hardSigmoid`, and a mask that reaches a pooling.
 */
export async function fromTfjsLayersModel(model: TfjsLayersModel, options: FromTfjsOptions = {}): Promise<Sequential> {
  checkOptions("fromTfjsLayersModel", options, "{ backend }", fromTfjsOptionNames);
  const topology = asSequential(model.toJSON(null, false));
  // The reader tells Keras 2 by a version, and names mean in TensorFlow.js what they mean there.
  const result = modelFromJson({ ...topology, keras_version: "2.15.0" }, { ...options, compile: false });
  refuseMaskedPooling(topology);
  const targets = new Map(result.layers.map((layer) => [layer.name, layer]));
  for (const source of model.layers) {
    // The tensors belong to the layer, and are not disposed.
    const weights = await Promise.all(
      source.getWeights().map(async (weight) => new NDArray(Float32Array.from(await weight.data()), [...weight.shape])),
    );
    if (weights.length === 0) continue;
    const target = targets.get(source.name);
    if (!target) {
      throw new ShapeMismatchError(
        `Both models must have the same layers. Received: layer ${describeValue(source.name)} of TensorFlow.js, which is not among ${[...targets.keys()].join(", ")}.`,
      );
    }
    await target.setWeights(weights);
  }
  return result;
}

/**
 * A model of Rowan as one of TensorFlow.js, with the same weights; those of a quantized table as the floats that they stand for.
 * TensorFlow.js applies a constraint whenever a weight is set: such a weight comes out as the constraint makes it.
 *
 * @param model - A built model of layers and activations that TensorFlow.js has.
 * @param loadLayersModel - That function of @tensorflow/tfjs-layers.
 * @returns What it made; not compiled.
 * @throws NotBuiltError for a model whose input shape is not known.
 * @throws UnsupportedOpError for a layer or an activation that TensorFlow.js does not have, or that computes something else there.
 * @example
 * const theirs = await toTfjsLayersModel(model, (source) => tfl.loadLayersModel(source));
 */
export async function toTfjsLayersModel<M>(model: Sequential, loadLayersModel: (source: TfjsModelSource) => Promise<M>): Promise<M> {
  if (!model.built) {
    throw new NotBuiltError(
      `A model must be built before TensorFlow.js can have it. Received: model "${model.name}", whose input shape is not known. Give its first layer \`inputShape\` or \`inputLength\`, or predict once.`,
    );
  }
  const modelTopology = forTfjs(JSON.parse(model.toJson({ style: "keras2", compile: false })) as ModelJson);
  refuseMaskedPooling(modelTopology);
  const weightSpecs: { name: string; shape: number[]; dtype: "float32" }[] = [];
  const values: Float32Array[] = [];
  for (const layer of leafLayers(model)) {
    for (const [i, weight] of (await layer.getWeights()).entries()) {
      weightSpecs.push({ name: `${layer.name}/${layer.variables[i]?.name ?? ""}`, shape: [...weight.shape], dtype: "float32" });
      values.push(weight.data as Float32Array);
    }
  }
  const weightData = new Float32Array(values.reduce((sum, data) => sum + data.length, 0));
  let offset = 0;
  for (const data of values) {
    weightData.set(data, offset);
    offset += data.length;
  }
  return loadLayersModel({ load: async () => ({ modelTopology, weightSpecs, weightData: weightData.buffer }) });
}

/** TensorFlow.js names weights by the layer that has them, also in a model that is a layer of another. */
function leafLayers(model: Sequential): Layer[] {
  return model.layers.flatMap((layer) => (layer instanceof Sequential ? leafLayers(layer) : [layer]));
}
