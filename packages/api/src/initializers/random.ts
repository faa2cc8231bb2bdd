import { checkOptions } from "../check-options.ts";
import { fillNormal, fillTruncatedNormal, fillUniform } from "../random/index.ts";
import type { Shape } from "../tensor/shape.ts";
import { RandomInitializer, initializerStream, type SeedOptions } from "./initializer.ts";

/** Options of `RandomUniform`. */
export interface RandomUniformOptions extends SeedOptions {
  /** The smallest value. Default -0.05. */
  readonly minval?: number;
  /** The upper end, which does not occur. Default 0.05. */
  readonly maxval?: number;
}

/** Values spread evenly over `[minval, maxval)`. Keras' default for embeddings, under the name `"uniform"`. */
export class RandomUniform extends RandomInitializer {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = ["minval", "maxval", "seed"] satisfies (keyof RandomUniformOptions)[];
  readonly className: string = "RandomUniform";
  readonly minval: number;
  readonly maxval: number;

  constructor(options: RandomUniformOptions = {}) {
    checkOptions("RandomUniform", options, "{ minval: -0.05, maxval: 0.05 }", RandomUniform.optionNames);
    super(options);
    this.minval = options.minval ?? -0.05;
    this.maxval = options.maxval ?? 0.05;
    // Checks the options now rather than when the first variable is made.
    fillUniform(new Float32Array(0), 0, initializerStream(0), this.minval, this.maxval);
  }

  override fill(out: Float32Array, offset: number, _shape: Shape, seed: number): void {
    fillUniform(out, offset, initializerStream(seed), this.minval, this.maxval);
  }

  override getConfig(): Record<string, unknown> {
    return { minval: this.minval, maxval: this.maxval, seed: this.seed };
  }
}

/** Options of `RandomNormal` and `TruncatedNormal`. */
export interface RandomNormalOptions extends SeedOptions {
  /** The mean. Default 0. */
  readonly mean?: number;
  /** The standard deviation. Default 0.05. */
  readonly stddev?: number;
}

/** What both have in common; they differ in `fill`. */
abstract class Normal extends RandomInitializer {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = ["mean", "stddev", "seed"] satisfies (keyof RandomNormalOptions)[];
  readonly mean: number;
  readonly stddev: number;

  constructor(options: RandomNormalOptions = {}) {
    checkOptions("A normal initializer", options, "{ mean: 0, stddev: 0.05 }", Normal.optionNames);
    super(options);
    this.mean = options.mean ?? 0;
    this.stddev = options.stddev ?? 0.05;
    // Checks the options now rather than when the first variable is made.
    this.fill(new Float32Array(0), 0, [0], 0);
  }

  override getConfig(): Record<string, unknown> {
    return { mean: this.mean, stddev: this.stddev, seed: this.seed };
  }
}

/** Normally distributed values. */
export class RandomNormal extends Normal {
  readonly className: string = "RandomNormal";

  override fill(out: Float32Array, offset: number, _shape: Shape, seed: number): void {
    fillNormal(out, offset, initializerStream(seed), this.mean, this.stddev);
  }
}

/** Normally distributed values, none further than two standard deviations from the mean. */
export class TruncatedNormal extends Normal {
  readonly className: string = "TruncatedNormal";

  override fill(out: Float32Array, offset: number, _shape: Shape, seed: number): void {
    fillTruncatedNormal(out, offset, initializerStream(seed), this.mean, this.stddev);
  }
}
