import { StaircaseDecay } from "./staircase-decay.ts";
import type { StaircaseDecayOptions } from "./staircase-decay.ts";

/** Options of ExponentialDecay. */
export type ExponentialDecayOptions = StaircaseDecayOptions;

/** `initialLearningRate * decayRate^(step / decaySteps)`; Keras' ExponentialDecay. */
export class ExponentialDecay extends StaircaseDecay {
  readonly className = "ExponentialDecay";

  /**
   * @param options - `initialLearningRate`, `decaySteps`, `decayRate`; `staircase` false.
   * @throws InvalidArgumentError when one of them is no number, or `decaySteps` is not positive.
   */
  constructor(options: ExponentialDecayOptions) {
    super("ExponentialDecay", options);
  }

  /** @returns The rate of the update after `step` others. */
  call(step: number): number {
    return this.initialLearningRate * this.decayRate ** this.passed(step);
  }
}
