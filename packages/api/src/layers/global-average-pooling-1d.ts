import { checkFlag, checkOptions } from "../check-options.ts";
import { InvalidArgumentError, ShapeMismatchError } from "../errors.ts";
import { divide, multiply } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { mean, sum } from "../ops/reduction.ts";
import { reshape } from "../ops/shaping.ts";
import { formatShape } from "../tensor/shape.ts";
import type { PartialShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Layer, layerOptionNames } from "./layer.ts";
import type { CallContext, LayerOptions } from "./layer.ts";

/** Options of GlobalAveragePooling1D. */
export interface GlobalAveragePooling1DOptions extends LayerOptions {
  /** `"channelsLast"`: `[batch, steps, features]` (default); `"channelsFirst"`: `[batch, features, steps]`. */
  readonly dataFormat?: "channelsLast" | "channelsFirst" | "channels_last" | "channels_first" | null;
  /** The steps stay as an axis of extent 1. */
  readonly keepdims?: boolean;
}

const poolingOptionNames = [
  ...layerOptionNames,
  "dataFormat",
  "keepdims",
] as const satisfies readonly (keyof GlobalAveragePooling1DOptions)[];

/** The mean over time steps: `[batch, steps, features]` to `[batch, features]`. With a mask, over the steps that count; NaN where none does. */
export class GlobalAveragePooling1D extends Layer {
  readonly className = "GlobalAveragePooling1D";
  readonly dataFormat: "channelsLast" | "channelsFirst";
  readonly keepdims: boolean;
  override readonly supportsMasking = true;
  /** What the constructor understands. */
  static override readonly optionNames: readonly string[] = poolingOptionNames;

  /** @param options - `dataFormat`, `keepdims`. */
  constructor(options: GlobalAveragePooling1DOptions = {}) {
    checkOptions("GlobalAveragePooling1D", options, "{ keepdims: true }", new.target.optionNames);
    super(options);
    const format = options.dataFormat ?? "channelsLast";
    if (!["channelsLast", "channelsFirst", "channels_last", "channels_first"].includes(format)) {
      throw new InvalidArgumentError(
        `\`dataFormat\` must be "channelsLast" or "channelsFirst". Received: dataFormat=${JSON.stringify(format)}.`,
      );
    }
    this.dataFormat = format === "channelsFirst" || format === "channels_first" ? "channelsFirst" : "channelsLast";
    this.keepdims = checkFlag("keepdims", options.keepdims ?? false);
  }

  get #stepsAxis(): number {
    return this.dataFormat === "channelsLast" ? 1 : 2;
  }

  /** @returns `[batch, features]`. */
  call(inputs: Tensor, { mask }: CallContext): Tensor {
    checkRank(this.name, inputs.shape);
    const axis = this.#stepsAxis;
    const options = { keepDims: this.keepdims };
    if (!mask) return mean(inputs, axis, options);
    const [batch = 0, steps = 0] = mask.shape;
    const counted = reshape(cast(mask, "float32"), axis === 1 ? [batch, steps, 1] : [batch, 1, steps]);
    return divide(sum(multiply(inputs, counted), axis, options), sum(counted, axis, options));
  }

  /** @returns No mask: the steps that it was about are gone. */
  override computeMask(): undefined {
    return undefined;
  }

  /** @returns The shape without the axis of the steps. */
  computeOutputShape(inputShape: PartialShape): PartialShape {
    checkRank(this.name, inputShape);
    return this.keepdims ? inputShape.with(this.#stepsAxis, 1) : inputShape.toSpliced(this.#stepsAxis, 1);
  }

  /** @returns The options that make an equal layer again. */
  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), dataFormat: this.dataFormat, keepdims: this.keepdims };
  }
}

function checkRank(name: string, shape: PartialShape): void {
  if (shape.length === 3) return;
  throw new ShapeMismatchError(
    `Input 0 of layer "${name}" is incompatible with the layer: expected ndim=3, found ndim=${shape.length}. Full shape received: ${formatShape(shape)}. It averages the steps of [batch, steps, features].`,
  );
}
