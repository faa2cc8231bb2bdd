import { checkFlag, checkOptions } from "../../check-options.ts";
import type { Serializable } from "../../serialized.ts";
import type { LearningRateSchedule } from "../schedule.ts";
import { checkNumber, checkSteps } from "./check.ts";

/** Options of the schedules that decay at each update or in stairs. */
export interface StaircaseDecayOptions {
  readonly initialLearningRate: number;
  /** After so many updates the decay counts once. */
  readonly decaySteps: number;
  readonly decayRate: number;
  /** Decays in steps of `decaySteps` updates instead of at each. */
  readonly staircase?: boolean;
  readonly name?: string;
}

/** A rate that decays by how often `decaySteps` updates have passed; a subclass says how. */
export abstract class StaircaseDecay implements LearningRateSchedule, Serializable {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = [
    "initialLearningRate",
    "decaySteps",
    "decayRate",
    "staircase",
    "name",
  ] satisfies (keyof StaircaseDecayOptions)[];
  abstract readonly className: string;
  readonly name: string;
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  readonly decayRate: number;
  readonly staircase: boolean;

  /**
   * @param className - The name where the options give none.
   * @param options - `initialLearningRate`, `decaySteps`, `decayRate`; `staircase` false.
   * @throws InvalidArgumentError when one of them is no number or no flag, or `decaySteps` is not positive.
   */
  constructor(className: string, options: StaircaseDecayOptions) {
    checkOptions(className, options, "{ initialLearningRate: 0.1, decaySteps: 1000, decayRate: 0.9 }", StaircaseDecay.optionNames);
    this.name = options.name ?? className;
    this.initialLearningRate = checkNumber("initialLearningRate", options.initialLearningRate);
    this.decaySteps = checkSteps("decaySteps", options.decaySteps);
    this.decayRate = checkNumber("decayRate", options.decayRate);
    this.staircase = checkFlag("staircase", options.staircase ?? false);
  }

  /**
   * The learning rate of one update.
   *
   * @param step - The number of updates before this one.
   * @returns The rate.
   */
  abstract call(step: number): number;

  /** How often `decaySteps` updates have passed, in whole numbers with `staircase`. */
  protected passed(step: number): number {
    const passed = step / this.decaySteps;
    return this.staircase ? Math.floor(passed) : passed;
  }

  /** @returns The options that make an equal schedule again. */
  getConfig(): Record<string, unknown> {
    const { initialLearningRate, decaySteps, decayRate, staircase, name } = this;
    return { initialLearningRate, decaySteps, decayRate, staircase, name };
  }
}
