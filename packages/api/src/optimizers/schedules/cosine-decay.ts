import { checkOptions } from "../../check-options.ts";
import type { Serializable } from "../../serialized.ts";
import type { LearningRateSchedule } from "../schedule.ts";
import { checkNumber, checkSteps } from "./check.ts";

/** Options of CosineDecay. */
export interface CosineDecayOptions {
  /** Where the rate starts: the warm-up with one, else the decay. */
  readonly initialLearningRate: number;
  /** The number of updates of the decay, without the warm-up. */
  readonly decaySteps: number;
  /** The end, as a part of the rate at which the decay starts; 0 when left out. */
  readonly alpha?: number;
  /** Where the warm-up ends and the decay starts; no warm-up when left out. */
  readonly warmupTarget?: number | null;
  /** The number of updates of the warm-up; 0 when left out. */
  readonly warmupSteps?: number;
  readonly name?: string;
}

/** A straight warm-up on request, then half a cosine (Loshchilov and Hutter 2017); Keras' CosineDecay. */
export class CosineDecay implements LearningRateSchedule, Serializable {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = [
    "initialLearningRate",
    "decaySteps",
    "alpha",
    "warmupTarget",
    "warmupSteps",
    "name",
  ] satisfies (keyof CosineDecayOptions)[];
  readonly className = "CosineDecay";
  readonly name: string;
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  readonly alpha: number;
  readonly warmupTarget: number | null;
  readonly warmupSteps: number;

  /**
   * @param options - `initialLearningRate`, `decaySteps`; `alpha` 0, `warmupTarget` none, `warmupSteps` 0.
   * @throws InvalidArgumentError when one of them is no number, or `decaySteps` is not positive.
   */
  constructor(options: CosineDecayOptions) {
    checkOptions("CosineDecay", options, "{ initialLearningRate: 0.1, decaySteps: 1000 }", CosineDecay.optionNames);
    this.name = options.name ?? "CosineDecay";
    this.initialLearningRate = checkNumber("initialLearningRate", options.initialLearningRate);
    this.decaySteps = checkSteps("decaySteps", options.decaySteps);
    this.alpha = checkNumber("alpha", options.alpha ?? 0);
    this.warmupTarget = options.warmupTarget == null ? null : checkNumber("warmupTarget", options.warmupTarget);
    this.warmupSteps = checkNumber("warmupSteps", options.warmupSteps ?? 0);
  }

  /** @returns The rate of the update after `step` others. */
  call(step: number): number {
    const { initialLearningRate, warmupTarget, warmupSteps } = this;
    if (warmupTarget === null) return this.#decay(step, initialLearningRate);
    if (step < warmupSteps) return initialLearningRate + (warmupTarget - initialLearningRate) * (step / warmupSteps);
    return this.#decay(step - warmupSteps, warmupTarget);
  }

  /** @returns The options that make an equal schedule again. */
  getConfig(): Record<string, unknown> {
    const { initialLearningRate, decaySteps, alpha, warmupTarget, warmupSteps, name } = this;
    return { initialLearningRate, decaySteps, alpha, warmupTarget, warmupSteps, name };
  }

  #decay(step: number, from: number): number {
    const passed = Math.min(step, this.decaySteps) / this.decaySteps;
    const cosine = 0.5 * (1 + Math.cos(Math.PI * passed));
    return from * ((1 - this.alpha) * cosine + this.alpha);
  }
}
