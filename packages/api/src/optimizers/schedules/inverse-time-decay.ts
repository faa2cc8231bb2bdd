import { StaircaseDecay } from "./staircase-decay.ts";
import type { StaircaseDecayOptions } from "./staircase-decay.ts";

/** Options of InverseTimeDecay. */
export type InverseTimeDecayOptions = StaircaseDecayOptions;

/** `initialLearningRate / (1 + decayRate * step / decaySteps)`; Keras' InverseTimeDecay. */
export class InverseTimeDecay extends StaircaseDecay {
  readonly className = "InverseTimeDecay";

  /**
   * @param options - `initialLearningRate`, `decaySteps`, `decayRate`; `staircase` false.
   * @throws InvalidArgumentError when one of them is no number, or `decaySteps` is not positive.
   */
  constructor(options: InverseTimeDecayOptions) {
    super("InverseTimeDecay", options);
  }

  /** @returns The rate of the update after `step` others. */
  call(step: number): number {
    return this.initialLearningRate / (1 + this.decayRate * this.passed(step));
  }
}
