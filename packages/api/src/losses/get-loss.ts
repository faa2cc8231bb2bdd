import { pickOptions } from "../check-options.ts";
import { lookupName } from "../names.ts";
import { readSerialized } from "../serialized.ts";
import type { Serialized } from "../serialized.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy } from "./crossentropy.ts";
import { Loss } from "./loss.ts";
import { MeanAbsoluteError, MeanSquaredError } from "./regression.ts";

/** The loss of each sample, as a function of the user's own. */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

/** A loss, its name in camelCase or snake_case, a function, or what `serialize` or Keras wrote. */
export type LossIdentifier = Loss | LossFunction | string | Serialized;

interface LossClass {
  new (options: Readonly<Record<string, unknown>>): Loss;
  readonly optionNames?: readonly string[];
}

const losses: ReadonlyMap<string, LossClass> = new Map<string, LossClass>([
  ["meanSquaredError", MeanSquaredError],
  ["meanAbsoluteError", MeanAbsoluteError],
  ["binaryCrossentropy", BinaryCrossentropy],
  ["categoricalCrossentropy", CategoricalCrossentropy],
  ["sparseCategoricalCrossentropy", SparseCategoricalCrossentropy],
  ["mse", MeanSquaredError],
  ["mae", MeanAbsoluteError],
  ["bce", BinaryCrossentropy],
]);

class FunctionLoss extends Loss {
  readonly className = "FunctionLoss";
  readonly #fn: LossFunction;

  constructor(fn: LossFunction) {
    super(fn.name || "loss");
    this.#fn = fn;
  }

  call(yTrue: Tensor, yPred: Tensor): Tensor {
    return this.#fn(yTrue, yPred);
  }
}

/**
 * The loss that is meant.
 *
 * @param identifier - A loss (returned as it is), a name such as `"mse"` or `"binary_crossentropy"`, a function of targets and
 *   predictions that returns one value a sample, or a configuration.
 * @returns The loss; a name gives Keras' defaults.
 * @throws UnknownNameError when there is none of that name.
 */
export function getLoss(identifier: LossIdentifier): Loss {
  if (identifier instanceof Loss) return identifier;
  if (typeof identifier === "function") return new FunctionLoss(identifier);
  const { className, config } = typeof identifier === "string" ? { className: identifier, config: {} } : readSerialized("loss", identifier);
  const found = lookupName("loss", className, losses);
  return new found(pickOptions(config, found.optionNames));
}
