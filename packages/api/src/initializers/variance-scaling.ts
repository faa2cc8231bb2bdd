import { checkOptions } from "../check-options.ts";
import { InvalidArgumentError, describeValue } from "../errors.ts";
import { lookupName } from "../names.ts";
import { fillNormal, fillTruncatedNormal, fillUniform } from "../random/index.ts";
import type { Shape } from "../tensor/shape.ts";
import { computeFans } from "./fans.ts";
import { RandomInitializer, initializerStream, type SeedOptions } from "./initializer.ts";

/** Which units the variance is divided by. */
export type VarianceMode = "fanIn" | "fanOut" | "fanAvg";

/** Which distribution the values have. */
export type VarianceDistribution = "truncatedNormal" | "untruncatedNormal" | "uniform";

const modes: Readonly<Record<VarianceMode, VarianceMode>> = { fanIn: "fanIn", fanOut: "fanOut", fanAvg: "fanAvg" };
const distributions: Readonly<Record<string, VarianceDistribution>> = {
  truncatedNormal: "truncatedNormal",
  untruncatedNormal: "untruncatedNormal",
  uniform: "uniform",
  // Keras' older name.
  normal: "truncatedNormal",
};

/** The standard deviation of a standard normal distribution that is cut off at -2 and 2. */
const truncatedDeviation = 0.8796256610342398;

/** Options for weights whose input and output units lie on unusual axes. */
export interface FanOptions extends SeedOptions {
  /** The axes of the input units. Default: Keras' rule, see `computeFans`. */
  readonly inputAxes?: readonly number[] | null;
  /** The axes of the output units. */
  readonly outputAxes?: readonly number[] | null;
}

/** Options of `VarianceScaling`. */
export interface VarianceScalingOptions extends FanOptions {
  /** The variance times the number of units, positive. Default 1. */
  readonly scale?: number;
  /** Default `"fanIn"`. */
  readonly mode?: VarianceMode;
  /** Default `"truncatedNormal"`. */
  readonly distribution?: VarianceDistribution;
}

/**
 * Values whose variance is `scale / units`, so that signals keep their size from layer to layer
 * (keras/src/initializers/random_initializers.py, `VarianceScaling`).
 */
export class VarianceScaling extends RandomInitializer {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = [
    "scale",
    "mode",
    "distribution",
    "inputAxes",
    "outputAxes",
    "seed",
  ] satisfies (keyof VarianceScalingOptions)[];
  readonly className: string = "VarianceScaling";
  readonly scale: number;
  readonly mode: VarianceMode;
  readonly distribution: VarianceDistribution;
  readonly inputAxes: readonly number[] | null;
  readonly outputAxes: readonly number[] | null;

  constructor(options: VarianceScalingOptions = {}) {
    checkOptions("VarianceScaling", options, '{ scale: 2, mode: "fanIn" }', VarianceScaling.optionNames);
    super(options);
    const scale = options.scale ?? 1;
    if (!(scale > 0 && Number.isFinite(scale))) {
      throw new InvalidArgumentError(`\`scale\` must be a positive, finite number. Received: scale=${describeValue(scale)}.`);
    }
    this.scale = scale;
    this.mode = lookupName("mode", options.mode ?? "fanIn", modes);
    this.distribution = lookupName("distribution", options.distribution ?? "truncatedNormal", distributions);
    this.inputAxes = options.inputAxes ?? null;
    this.outputAxes = options.outputAxes ?? null;
  }

  override fill(out: Float32Array, offset: number, shape: Shape, seed: number): void {
    const { fanIn, fanOut } = computeFans(shape, this.inputAxes, this.outputAxes);
    const units = { fanIn, fanOut, fanAvg: (fanIn + fanOut) / 2 }[this.mode];
    const variance = this.scale / Math.max(1, units);
    const stream = initializerStream(seed);
    if (this.distribution === "uniform") {
      const limit = Math.sqrt(3 * variance);
      fillUniform(out, offset, stream, -limit, limit);
    } else if (this.distribution === "untruncatedNormal") {
      fillNormal(out, offset, stream, 0, Math.sqrt(variance));
    } else {
      fillTruncatedNormal(out, offset, stream, 0, Math.sqrt(variance) / truncatedDeviation);
    }
  }

  override getConfig(): Record<string, unknown> {
    return { scale: this.scale, mode: this.mode, distribution: this.distribution, ...this.fanConfig() };
  }

  /** Seed and axes; the axes only where they were given, since Keras before 3.15 does not know them. */
  protected fanConfig(): Record<string, unknown> {
    if (this.inputAxes === null && this.outputAxes === null) return { seed: this.seed };
    return { seed: this.seed, inputAxes: this.inputAxes, outputAxes: this.outputAxes };
  }
}
