import { checkOptions } from "../../check-options.ts";
import { InvalidArgumentError, describeValue } from "../../errors.ts";
import type { Serializable } from "../../serialized.ts";
import type { LearningRateSchedule } from "../schedule.ts";
import { checkNumber } from "./check.ts";

/** Options of PiecewiseConstantDecay. */
export interface PiecewiseConstantDecayOptions {
  /** Rising numbers of updates. */
  readonly boundaries: readonly number[];
  /** The rates up to and including each boundary, and the one after the last: one more than there are boundaries. */
  readonly values: readonly number[];
  readonly name?: string;
}

/** One rate up to each boundary; Keras' PiecewiseConstantDecay. */
export class PiecewiseConstantDecay implements LearningRateSchedule, Serializable {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = ["boundaries", "values", "name"] satisfies (keyof PiecewiseConstantDecayOptions)[];
  readonly className = "PiecewiseConstantDecay";
  readonly name: string;
  readonly boundaries: readonly number[];
  readonly values: readonly number[];

  /**
   * @param options - `boundaries` and `values`.
   * @throws InvalidArgumentError when they do not fit together, or boundaries do not rise.
   */
  constructor(options: PiecewiseConstantDecayOptions) {
    checkOptions("PiecewiseConstantDecay", options, "{ boundaries: [1000], values: [0.1, 0.01] }", PiecewiseConstantDecay.optionNames);
    const { boundaries, values } = options;
    if (!Array.isArray(boundaries) || !Array.isArray(values) || boundaries.length + 1 !== values.length) {
      throw new InvalidArgumentError(
        `The length of \`boundaries\` should be 1 less than the length of \`values\`. Received: boundaries=${describeValue(boundaries)}, values=${describeValue(values)}.`,
      );
    }
    this.name = options.name ?? "PiecewiseConstant";
    this.boundaries = boundaries.map((boundary) => checkNumber("boundaries", boundary));
    this.values = values.map((value) => checkNumber("values", value));
    if (this.boundaries.some((boundary, index) => index > 0 && boundary <= (this.boundaries[index - 1] as number))) {
      throw new InvalidArgumentError(
        `\`boundaries\` must rise. Received: boundaries=${describeValue(boundaries)}. Sort them together with their values.`,
      );
    }
  }

  /** @returns The rate of the update after `step` others. */
  call(step: number): number {
    const at = this.boundaries.findIndex((boundary) => step <= boundary);
    return this.values.at(at) as number;
  }

  /** @returns The options that make an equal schedule again. */
  getConfig(): Record<string, unknown> {
    return { boundaries: [...this.boundaries], values: [...this.values], name: this.name };
  }
}
