import { InvalidArgumentError, UnsupportedOpError, describeValue } from "@rowan/api";

/** A layer in the JSON of Keras 2 and TensorFlow.js. */
export interface LayerJson {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>> & { readonly name?: string };
  /** Of functional models: for each call of the layer, for each of its inputs, the layer, the call and the output that it comes from. */
  readonly inbound_nodes?: readonly (readonly (readonly unknown[])[])[];
}

/** A model in that JSON. */
export interface ModelJson {
  readonly class_name: string;
  readonly config: { readonly name?: string; readonly layers: readonly LayerJson[] };
}

/**
 * The layers of a Sequential model, those of models inside of it in their place.
 *
 * @param model - A Sequential.
 * @returns Layers that are no models, in the order of the data.
 */
export function leavesOf({ config }: ModelJson): LayerJson[] {
  return config.layers.flatMap((layer) => (layer.class_name === "Sequential" ? leavesOf(layer as unknown as ModelJson) : [layer]));
}

/**
 * A model of TensorFlow.js as a Sequential one.
 *
 * @param json - Its topology: a Sequential, or a functional model whose layers are one chain.
 * @returns A Sequential of the same layers.
 * @throws UnsupportedOpError for a functional model whose layers branch or have several inputs.
 * @throws InvalidArgumentError for anything else.
 */
export function asSequential(json: unknown): ModelJson {
  const { class_name: className, config } = json as Partial<ModelJson>;
  if (className === "Sequential") return json as ModelJson;
  if ((className !== "Model" && className !== "Functional") || !config) {
    throw new InvalidArgumentError(
      `\`model\` must be a LayersModel of TensorFlow.js. Received: class_name=${describeValue(className)}. Pass what tf.sequential, tf.model or loadLayersModel gave.`,
    );
  }
  return { class_name: "Sequential", config: { ...(config.name !== undefined && { name: config.name }), layers: chainOf(config.layers) } };
}

/** A functional model's layers from its input to its output, each fed by the one before it alone. */
function chainOf(layers: readonly LayerJson[]): LayerJson[] {
  const chain: LayerJson[] = [];
  const nameOf = (layer: LayerJson | undefined): string | undefined => layer?.config.name;
  for (;;) {
    const last = nameOf(chain.at(-1));
    const next = layers.filter((layer) => (last === undefined ? sourcesOf(layer).length === 0 : sourcesOf(layer).includes(last)));
    const [layer] = next;
    if (layer === undefined) break;
    const sources = sourcesOf(layer);
    if (next.length > 1 || sources.length > 1 || chain.includes(layer)) {
      throw new UnsupportedOpError(
        `A functional model of TensorFlow.js must be one chain of layers for Rowan. Received: ${next.map((one) => `layer ${describeValue(nameOf(one))} (${one.class_name}) after ${sourcesOf(one).join(", ") || "nothing"}`).join("; ")}. Carry its parts over one by one, and join them with ops of Rowan.`,
      );
    }
    chain.push({ class_name: layer.class_name, config: layer.config });
  }
  return chain;
}

/** The names of the layers that feed a layer, in all calls of it. */
function sourcesOf(layer: LayerJson): string[] {
  return (layer.inbound_nodes ?? []).flatMap((call) => call.map(([source]) => String(source)));
}

/**
 * Refuses a model in which a mask reaches a pooling: TensorFlow.js takes the mean of all positions, Keras and Rowan of those that count.
 *
 * @param model - A Sequential.
 * @throws UnsupportedOpError with both layers.
 */
export function refuseMaskedPooling(model: ModelJson): void {
  let masking: LayerJson | undefined;
  for (const layer of leavesOf(model)) {
    if (layer.class_name === "Embedding") masking = layer.config["mask_zero"] === true ? layer : undefined;
    // Flatten ends a mask.
    if (layer.class_name === "Flatten") masking = undefined;
    if (layer.class_name !== "GlobalAveragePooling1D" || !masking) continue;
    throw new UnsupportedOpError(
      `A mask must not reach GlobalAveragePooling1D: TensorFlow.js averages masked positions too, Keras and Rowan leave them out, so both would predict differently. Received: layer ${describeValue(layer.config.name)} behind the Embedding ${describeValue(masking.config.name)} with maskZero=true. Make the Embedding without maskZero.`,
    );
  }
}

/** Rowan's activations by the names of Keras 2, and what TensorFlow.js calls them where that is another name. */
const activationNames: Readonly<Record<string, string>> = { silu: "swish" };
const missingActivations: ReadonlySet<unknown> = new Set(["leaky_relu", "exponential"]);

/**
 * A model of Rowan's as TensorFlow.js reads it.
 *
 * @param model - A Sequential, in the JSON of Keras 2.
 * @returns The same layers, with the names that TensorFlow.js has for activations.
 * @throws UnsupportedOpError for a layer or an activation that TensorFlow.js does not have.
 */
export function forTfjs(model: ModelJson): ModelJson {
  const layers = model.config.layers.map((layer): LayerJson => {
    if (layer.class_name === "Sequential") return forTfjs(layer as unknown as ModelJson);
    const where = `layer ${describeValue(layer.config.name)}`;
    if (layer.class_name === "EmbeddingBag") {
      throw new UnsupportedOpError(
        `TensorFlow.js must have the layers of the model. Received: ${where} (EmbeddingBag), which it does not. Use Embedding and GlobalAveragePooling1D.`,
      );
    }
    const { activation } = layer.config;
    if (missingActivations.has(activation)) {
      throw new UnsupportedOpError(
        `TensorFlow.js must have the activations of the model. Received: activation=${describeValue(activation)} in ${where} (${layer.class_name}), which it does not. Use another one.`,
      );
    }
    const renamed = typeof activation === "string" ? activationNames[activation] : undefined;
    return renamed === undefined ? layer : { ...layer, config: { ...layer.config, activation: renamed } };
  });
  return { ...model, config: { ...model.config, layers } };
}
