import type { Compiled } from "./compiled.ts";

/**
 * What the metrics of one run have seen: an epoch, an evaluation or a single batch has totals of its own, so that an evaluation
 * beside a running `fit` does not disturb its numbers.
 */
export class MetricTotals {
  readonly #compiled: Compiled;
  readonly #sums: number[] = [];

  /** @param compiled - Whose metrics. */
  constructor(compiled: Compiled) {
    this.#compiled = compiled;
  }

  /**
   * Takes a batch in.
   *
   * @param updates - Total and count of each metric, in the order of `compiled.metrics`.
   */
  add(updates: readonly number[]): void {
    updates.forEach((value, index) => {
      this.#sums[index] = (this.#sums[index] ?? 0) + value;
    });
  }

  /**
   * The means so far; 0 before the first sample, as in Keras.
   *
   * @returns Names and values, in the order in which the metrics were compiled.
   */
  results(): Record<string, number> {
    return Object.fromEntries(
      this.#compiled.metricNames.map((name, index) => {
        const total = this.#sums[2 * index] ?? 0;
        const count = this.#sums[2 * index + 1] ?? 0;
        return [name, count === 0 ? 0 : total / count];
      }),
    );
  }
}
