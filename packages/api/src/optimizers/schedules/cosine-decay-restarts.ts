import { checkOptions } from "../../check-options.ts";
import type { Serializable } from "../../serialized.ts";
import type { LearningRateSchedule } from "../schedule.ts";
import { checkNumber, checkSteps } from "./check.ts";

/** Options of CosineDecayRestarts. */
export interface CosineDecayRestartsOptions {
  readonly initialLearningRate: number;
  /** The number of updates of the first period. */
  readonly firstDecaySteps: number;
  /** Each period is so many times as long as the one before; 2 when left out. */
  readonly tMul?: number;
  /** Each period starts at so many times the rate of the one before; 1 when left out. */
  readonly mMul?: number;
  /** The end of a period, as a part of the initial rate; 0 when left out. */
  readonly alpha?: number;
  readonly name?: string;
}

/** Half a cosine, again and again (Loshchilov and Hutter 2017); Keras' CosineDecayRestarts. */
export class CosineDecayRestarts implements LearningRateSchedule, Serializable {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = [
    "initialLearningRate",
    "firstDecaySteps",
    "tMul",
    "mMul",
    "alpha",
    "name",
  ] satisfies (keyof CosineDecayRestartsOptions)[];
  readonly className = "CosineDecayRestarts";
  readonly name: string;
  readonly initialLearningRate: number;
  readonly firstDecaySteps: number;
  readonly tMul: number;
  readonly mMul: number;
  readonly alpha: number;

  /**
   * @param options - `initialLearningRate`, `firstDecaySteps`; `tMul` 2, `mMul` 1, `alpha` 0.
   * @throws InvalidArgumentError when one of them is no number, or `firstDecaySteps` is not positive.
   */
  constructor(options: CosineDecayRestartsOptions) {
    checkOptions("CosineDecayRestarts", options, "{ initialLearningRate: 0.1, firstDecaySteps: 1000 }", CosineDecayRestarts.optionNames);
    this.name = options.name ?? "SGDRDecay";
    this.initialLearningRate = checkNumber("initialLearningRate", options.initialLearningRate);
    this.firstDecaySteps = checkSteps("firstDecaySteps", options.firstDecaySteps);
    this.tMul = checkNumber("tMul", options.tMul ?? 2);
    this.mMul = checkNumber("mMul", options.mMul ?? 1);
    this.alpha = checkNumber("alpha", options.alpha ?? 0);
  }

  /** @returns The rate of the update after `step` others. */
  call(step: number): number {
    const { period, passed } = this.#place(step / this.firstDecaySteps);
    const cosine = 0.5 * this.mMul ** period * (1 + Math.cos(Math.PI * passed));
    return this.initialLearningRate * ((1 - this.alpha) * cosine + this.alpha);
  }

  /** @returns The options that make an equal schedule again. */
  getConfig(): Record<string, unknown> {
    const { initialLearningRate, firstDecaySteps, tMul, mMul, alpha, name } = this;
    return { initialLearningRate, firstDecaySteps, tMul, mMul, alpha, name };
  }

  /** The running period, and the part of it that has passed, for a time counted in first periods. */
  #place(time: number): { period: number; passed: number } {
    const { tMul } = this;
    if (tMul === 1) return { period: Math.floor(time), passed: time - Math.floor(time) };
    const period = Math.floor(Math.log(1 - time * (1 - tMul)) / Math.log(tMul));
    const begin = (1 - tMul ** period) / (1 - tMul);
    return { period, passed: (time - begin) / tMul ** period };
  }
}
