import { pickOptions } from "../check-options.ts";
import { InvalidArgumentError } from "../errors.ts";
import { lookupName } from "../names.ts";
import { readSerialized } from "../serialized.ts";
import { Activation } from "./activation.ts";
import { Dense } from "./dense.ts";
import { Dropout } from "./dropout.ts";
import { EmbeddingBag } from "./embedding-bag.ts";
import { Embedding } from "./embedding.ts";
import { Flatten } from "./flatten.ts";
import { GlobalAveragePooling1D } from "./global-average-pooling-1d.ts";
import { InputLayer } from "./input-layer.ts";
import type { Layer } from "./layer.ts";

/** Makes a layer from its configuration. */
export type LayerFactory = (config: Readonly<Record<string, unknown>>) => Layer;

interface LayerClass {
  new (options: never): Layer;
  readonly optionNames?: readonly string[];
}

const fromClass =
  (layerClass: LayerClass): LayerFactory =>
  (config) =>
    new layerClass(pickOptions(config, layerClass.optionNames) as never);

const factories = new Map<string, LayerFactory>([
  ["Activation", fromClass(Activation)],
  ["Dense", fromClass(Dense)],
  ["Dropout", fromClass(Dropout)],
  ["Embedding", fromClass(Embedding)],
  ["EmbeddingBag", fromClass(EmbeddingBag)],
  ["Flatten", fromClass(Flatten)],
  ["GlobalAveragePooling1D", fromClass(GlobalAveragePooling1D)],
  ["InputLayer", fromClass(InputLayer)],
]);

/**
 * Makes a layer class of the user's own known to configurations and checkpoints.
 *
 * @param className - What `className` of the layer says.
 * @param factory - Makes a layer from what its `getConfig` gave.
 * @throws InvalidArgumentError when the name is taken.
 */
export function registerLayer(className: string, factory: LayerFactory): void {
  if (factories.has(className))
    throw new InvalidArgumentError(`A layer class named "${className}" is registered already. Choose another className.`);
  factories.set(className, factory);
}

/**
 * Makes a layer again.
 *
 * @param value - What `serialize` or Keras wrote: `{ className, config }`.
 * @returns The layer, with new weights.
 * @throws UnknownNameError when no such class is registered.
 */
export function layerFromConfig(value: unknown): Layer {
  const { className, config } = readSerialized("layer", value);
  return lookupName("layer", className, factories)(config);
}
