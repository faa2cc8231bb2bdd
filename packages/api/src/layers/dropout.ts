import { checkOptions } from "../check-options.ts";
import { InvalidArgumentError, describeValue } from "../errors.ts";
import { multiply } from "../ops/arithmetic.ts";
import { fillDropoutMask, nextSeed } from "../random/index.ts";
import { NDArray } from "../tensor/ndarray.ts";
import type { PartialShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { Layer, layerOptionNames } from "./layer.ts";
import type { CallContext, LayerOptions } from "./layer.ts";

/** Options of Dropout. */
export interface DropoutOptions extends LayerOptions {
  /** The part of the values that becomes 0, from 0 to 1. */
  readonly rate: number;
  /** Makes the masks repeatable. */
  readonly seed?: number | null;
}

const dropoutOptionNames = [...layerOptionNames, "rate", "seed"] as const satisfies readonly (keyof DropoutOptions)[];

/** In training, zeroes some values and multiplies the others by `1 / (1 - rate)`; else hands them on. */
export class Dropout extends Layer {
  static override readonly optionNames: readonly string[] = dropoutOptionNames;
  readonly className = "Dropout";
  readonly rate: number;
  readonly seed: number | null;
  override readonly supportsMasking = true;
  /** What its masks are drawn from: the given seed, or the one that it took. Checkpoints keep it, so that training goes on with the same masks. */
  maskSeed: number;

  /** @param options - `rate` and `seed`; a bare number is the rate. */
  constructor(options: DropoutOptions | number) {
    const given = typeof options === "number" ? { rate: options } : options;
    checkOptions("Dropout", given, "{ rate: 0.5 }", new.target.optionNames);
    super(given);
    const { rate } = given;
    if (typeof rate !== "number" || !(rate >= 0 && rate <= 1)) {
      throw new InvalidArgumentError(
        `Invalid value received for argument \`rate\`. Expected a float value between 0 and 1. Received: rate=${describeValue(rate)}.`,
      );
    }
    this.rate = rate;
    this.seed = given.seed ?? null;
    this.maskSeed = this.seed ?? nextSeed();
  }

  /** @returns The input's shape. */
  call(inputs: Tensor, { training, step }: CallContext): Tensor {
    if (!training || this.rate === 0) return inputs;
    const keep = new Float32Array(inputs.size);
    fillDropoutMask(keep, 0, { seed: this.maskSeed, purpose: "dropout", step }, this.rate);
    const mask = Tensor.fromHost(new NDArray(keep, inputs.shape), inputs.backend);
    return this.rate === 1 ? multiply(inputs, 0) : multiply(multiply(inputs, mask), 1 / (1 - this.rate));
  }

  /** @returns The input's shape. */
  computeOutputShape(inputShape: PartialShape): PartialShape {
    return inputShape;
  }

  /** @returns The options that make an equal layer again. */
  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed };
  }
}
