import { checkFlag, checkOptions } from "../../check-options.ts";
import type { Serializable } from "../../serialized.ts";
import type { LearningRateSchedule } from "../schedule.ts";
import { checkNumber, checkSteps } from "./check.ts";

/** Options of PolynomialDecay. */
export interface PolynomialDecayOptions {
  readonly initialLearningRate: number;
  /** After so many updates the end is reached. */
  readonly decaySteps: number;
  /** 0.0001 when left out. */
  readonly endLearningRate?: number;
  /** 1, a straight line, when left out. */
  readonly power?: number;
  /** Starts again, over twice, three times, ... the steps, instead of staying at the end. */
  readonly cycle?: boolean;
  readonly name?: string;
}

/** `(initial - end) * (1 - step / decaySteps)^power + end`; Keras' PolynomialDecay. */
export class PolynomialDecay implements LearningRateSchedule, Serializable {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = [
    "initialLearningRate",
    "decaySteps",
    "endLearningRate",
    "power",
    "cycle",
    "name",
  ] satisfies (keyof PolynomialDecayOptions)[];
  readonly className = "PolynomialDecay";
  readonly name: string;
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  readonly endLearningRate: number;
  readonly power: number;
  readonly cycle: boolean;

  /**
   * @param options - `initialLearningRate`, `decaySteps`; `endLearningRate` 0.0001, `power` 1, `cycle` false.
   * @throws InvalidArgumentError when one of them is no number or no flag, or `decaySteps` is not positive.
   */
  constructor(options: PolynomialDecayOptions) {
    checkOptions("PolynomialDecay", options, "{ initialLearningRate: 0.1, decaySteps: 1000 }", PolynomialDecay.optionNames);
    this.name = options.name ?? "PolynomialDecay";
    this.initialLearningRate = checkNumber("initialLearningRate", options.initialLearningRate);
    this.decaySteps = checkSteps("decaySteps", options.decaySteps);
    this.endLearningRate = checkNumber("endLearningRate", options.endLearningRate ?? 0.0001);
    this.power = checkNumber("power", options.power ?? 1);
    this.cycle = checkFlag("cycle", options.cycle ?? false);
  }

  /** @returns The rate of the update after `step` others. */
  call(step: number): number {
    const { initialLearningRate, endLearningRate } = this;
    const rounds = this.cycle && step > 0 ? Math.ceil(step / this.decaySteps) : 1;
    const steps = this.decaySteps * rounds;
    const passed = Math.min(step, steps) / steps;
    return (initialLearningRate - endLearningRate) * (1 - passed) ** this.power + endLearningRate;
  }

  /** @returns The options that make an equal schedule again. */
  getConfig(): Record<string, unknown> {
    const { initialLearningRate, decaySteps, endLearningRate, power, cycle, name } = this;
    return { initialLearningRate, decaySteps, endLearningRate, power, cycle, name };
  }
}
