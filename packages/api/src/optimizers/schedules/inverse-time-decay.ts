import type { Serializable } from "../../serialized.ts";
import type { LearningRateSchedule } from "../schedule.ts";
import { checkNumber, checkSteps } from "./check.ts";

/** Options of InverseTimeDecay. */
export interface InverseTimeDecayOptions {
  readonly initialLearningRate: number;
  /** How often the decay counts. */
  readonly decaySteps: number;
  readonly decayRate: number;
  /** Decays in steps of `decaySteps` updates instead of at each. */
  readonly staircase?: boolean;
  readonly name?: string;
}

/** `initialLearningRate / (1 + decayRate * step / decaySteps)`; Keras' InverseTimeDecay. */
export class InverseTimeDecay implements LearningRateSchedule, Serializable {
  readonly className = "InverseTimeDecay";
  readonly name: string;
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  readonly decayRate: number;
  readonly staircase: boolean;

  /**
   * @param options - `initialLearningRate`, `decaySteps`, `decayRate`; `staircase` false.
   * @throws InvalidArgumentError when one of them is no number, or `decaySteps` is not positive.
   */
  constructor(options: InverseTimeDecayOptions) {
    this.name = options.name ?? "InverseTimeDecay";
    this.initialLearningRate = checkNumber("initialLearningRate", options.initialLearningRate);
    this.decaySteps = checkSteps("decaySteps", options.decaySteps);
    this.decayRate = checkNumber("decayRate", options.decayRate);
    this.staircase = options.staircase ?? false;
  }

  /** @returns The rate of the update after `step` others. */
  call(step: number): number {
    const passed = step / this.decaySteps;
    return this.initialLearningRate / (1 + this.decayRate * (this.staircase ? Math.floor(passed) : passed));
  }

  /** @returns The options that make an equal schedule again. */
  getConfig(): Record<string, unknown> {
    const { initialLearningRate, decaySteps, decayRate, staircase, name } = this;
    return { initialLearningRate, decaySteps, decayRate, staircase, name };
  }
}
