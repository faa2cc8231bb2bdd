import { NDArray, ShapeMismatchError, modelFromJson } from "@rowan/api";
import type { Backend, Sequential } from "@rowan/api";

/** A weight of TensorFlow.js. */
export interface TfjsWeight {
  readonly shape: readonly number[];
  data(): Promise<ArrayLike<number>>;
}

/** What is used of a `LayersModel` of @tensorflow/tfjs-layers; any copy of that package will do. */
export interface TfjsLayersModel {
  readonly layers: readonly { getClassName(): string; getWeights(): readonly TfjsWeight[] }[];
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

/**
 * A model of TensorFlow.js as one of Rowan's, with the same weights.
 *
 * @param model - A model of layers that Rowan has.
 * @param options - `backend`: where it shall run.
 * @returns A model that is not compiled.
 * @throws UnknownNameError for a layer that Rowan does not have.
 */
export async function fromTfjsLayersModel(model: TfjsLayersModel, options: { readonly backend?: Backend } = {}): Promise<Sequential> {
  const result = modelFromJson(model.toJSON(null, false) as object, { ...options, compile: false });
  const sources = model.layers.filter((layer) => layer.getClassName() !== "InputLayer");
  const targets = result.layers.filter((layer) => layer.className !== "InputLayer");
  if (sources.length !== targets.length) {
    throw new ShapeMismatchError(`Both models must have the same layers. Received: ${sources.length} and ${targets.length} layers.`);
  }
  for (const [i, source] of sources.entries()) {
    // The tensors belong to the layer, and are not disposed.
    const weights = await Promise.all(
      source.getWeights().map(async (weight) => new NDArray(Float32Array.from(await weight.data()), [...weight.shape])),
    );
    if (weights.length > 0) await targets[i]?.setWeights(weights);
  }
  return result;
}

/**
 * A model of Rowan as one of TensorFlow.js, with the same weights.
 *
 * @param model - A built model.
 * @param loadLayersModel - That function of @tensorflow/tfjs-layers.
 * @returns What it made; not compiled.
 * @example
 * const theirs = await toTfjsLayersModel(model, (source) => tfl.loadLayersModel(source));
 */
export async function toTfjsLayersModel<M>(model: Sequential, loadLayersModel: (source: TfjsModelSource) => Promise<M>): Promise<M> {
  const modelTopology = JSON.parse(model.toJson({ style: "keras2", compile: false })) as object;
  const weightSpecs: { name: string; shape: number[]; dtype: "float32" }[] = [];
  const values: Float32Array[] = [];
  for (const layer of model.layers) {
    const weights = await layer.getWeights();
    for (const [i, weight] of weights.entries()) {
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
