import { checkOptions } from "../check-options.ts";
import type { PartialShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Layer, layerOptionNames } from "./layer.ts";
import type { LayerOptions } from "./layer.ts";

/** Options of InputLayer. */
export interface InputLayerOptions extends LayerOptions {
  /** The shape of one sample, as Keras' `Input(shape)` takes it. */
  readonly shape?: PartialShape;
  /** The same with the batch axis before it. */
  readonly batchShape?: PartialShape;
}

const inputLayerOptionNames = [...layerOptionNames, "shape", "batchShape"] as const satisfies readonly (keyof InputLayerOptions)[];

/** Announces the shape of a model's input, so that the model is built at once. Not listed among its layers. */
export class InputLayer extends Layer {
  static override readonly optionNames: readonly string[] = inputLayerOptionNames;
  readonly className = "InputLayer";
  override readonly supportsMasking = true;

  /** @param options - `shape` or `batchShape`. */
  constructor(options: InputLayerOptions) {
    checkOptions("InputLayer", options, "{ shape: [4] }", new.target.optionNames);
    const batch = options.batchShape ?? (options.shape ? [null, ...options.shape] : options.batchInputShape);
    super({ ...options, ...(batch && { batchInputShape: batch }) });
  }

  /** @returns The input. */
  call(inputs: Tensor): Tensor {
    return inputs;
  }

  /** @returns The input's shape. */
  computeOutputShape(inputShape: PartialShape): PartialShape {
    return inputShape;
  }

  /** @returns The options that make an equal layer again. */
  override getConfig(): Record<string, unknown> {
    const { name } = this;
    return { name, batchShape: this.batchInputShape, dtype: "float32" };
  }
}

/**
 * Announces the shape of a model's input; Keras' `Input`.
 *
 * @param options - `shape`: of one sample.
 * @returns An input layer, to be a model's first.
 */
export function Input(options: InputLayerOptions): InputLayer {
  return new InputLayer(options);
}
