import type { LossWeights } from "../losses/loss.ts";
import { alignRanks, weightsOf } from "../losses/weighting.ts";
import { add, multiply } from "../ops/arithmetic.ts";
import { mean, sum } from "../ops/reduction.ts";
import type { Serializable } from "../serialized.ts";
import { NDArray } from "../tensor/ndarray.ts";
import { Tensor } from "../tensor/tensor.ts";

/** What one batch adds to a mean: two scalar tensors, read with the batch's other results. */
export interface MetricUpdate {
  readonly total: Tensor;
  readonly count: Tensor;
}

/** A mean over samples, reset at each epoch. A subclass says what one sample counts; it may lower it (an error) or raise it (accuracy). */
export abstract class Metric implements Serializable {
  /** The name under which a configuration names this class, as in Keras. */
  abstract readonly className: string;
  readonly name: string;
  #total = 0;
  #count = 0;

  constructor(name: string) {
    this.name = name;
  }

  /**
   * The value of each sample.
   *
   * @param yTrue - Targets.
   * @param yPred - Predictions.
   * @returns Float32, one value a sample or a time step.
   */
  abstract call(yTrue: Tensor, yPred: Tensor): Tensor;

  /**
   * What a batch adds; after keras/src/metrics/reduction_metrics.py.
   *
   * @param yTrue - Targets.
   * @param yPred - Predictions.
   * @param weights - Sample weights and the predictions' mask.
   * @returns Two scalars, for `add` once they were read.
   */
  update(yTrue: Tensor, yPred: Tensor, weights: LossWeights = {}): MetricUpdate {
    let values = this.call(yTrue, yPred);
    const given = weightsOf(weights.sampleWeight, weights.mask, "sum");
    if (!given) {
      const samples = values.shape[0] ?? 1;
      const perSample = values.rank > 1 ? mean(values, restAxes(values, 1)) : values;
      return { total: sum(perSample), count: Tensor.fromHost(new NDArray(Float32Array.of(samples), []), values.backend) };
    }
    let factors: Tensor;
    [values, factors] = alignRanks(values, given);
    if (values.rank > factors.rank) values = mean(values, restAxes(values, factors.rank));
    // Adding zeros of the values' shape repeats the factors, so that they are counted as often as they are used.
    factors = add(factors, multiply(values, 0));
    values = multiply(values, factors);
    if (values.rank > 1) return { total: sum(mean(values, restAxes(values, 1))), count: sum(mean(factors, restAxes(factors, 1))) };
    return { total: sum(values), count: sum(factors) };
  }

  /** Takes a batch's numbers in. */
  add(total: number, count: number): void {
    this.#total += total;
    this.#count += count;
  }

  /** Whether larger (`"up"`) or smaller (`"down"`) values are better; undefined where the metric does not say. */
  get direction(): "up" | "down" | undefined {
    return undefined;
  }

  /** The mean so far; 0 before the first sample, as in Keras. */
  get result(): number {
    return this.#count === 0 ? 0 : this.#total / this.#count;
  }

  /** Forgets everything. */
  reset(): void {
    this.#total = 0;
    this.#count = 0;
  }

  /** @returns The options that make an equal metric again. */
  getConfig(): Record<string, unknown> {
    return { name: this.name };
  }
}

function restAxes(x: Tensor, from: number): readonly number[] {
  return Array.from({ length: x.rank - from }, (_, index) => from + index);
}
