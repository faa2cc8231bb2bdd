import { checkOptions } from "../check-options.ts";
import { reshape } from "../ops/shaping.ts";
import type { PartialShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Layer, layerOptionNames } from "./layer.ts";
import type { LayerOptions } from "./layer.ts";

/** Puts all values of a sample into one row: `[batch, ...]` to `[batch, values]`. Drops a mask. */
export class Flatten extends Layer {
  static override readonly optionNames: readonly string[] = layerOptionNames;
  readonly className = "Flatten";

  /** @param options - Those of every layer. */
  constructor(options: LayerOptions = {}) {
    checkOptions("Flatten", options, '{ name: "flat" }', new.target.optionNames);
    super(options);
  }

  /** @returns `[batch, values]`. */
  call(inputs: Tensor): Tensor {
    const [batch = 1] = inputs.shape;
    return reshape(inputs, [batch, inputs.shape.slice(1).reduce((a, b) => a * b, 1)]);
  }

  /** @returns The batch axis and the number of values. */
  computeOutputShape(inputShape: PartialShape): PartialShape {
    let size: number | null = 1;
    for (const extent of inputShape.slice(1)) size = size === null || extent === null ? null : size * extent;
    return [inputShape[0] ?? null, size];
  }
}
