import { InvalidArgumentError, NotCompiledError, describeValue } from "../errors.ts";
import { getLoss } from "../losses/index.ts";
import type { Loss, LossIdentifier } from "../losses/index.ts";
import { checkMetric, getMetric } from "../metrics/get-metric.ts";
import type { Metric, MetricIdentifier } from "../metrics/index.ts";
import { getOptimizer } from "../optimizers/index.ts";
import type { Optimizer, OptimizerIdentifier } from "../optimizers/index.ts";
import type { Shape } from "../tensor/shape.ts";

/** Options of `compile`. */
export interface CompileOptions {
  /** `"rmsprop"`, Keras' default, when left out. */
  readonly optimizer?: OptimizerIdentifier;
  /** What training minimises; needed for `fit` and `evaluate`. */
  readonly loss?: LossIdentifier;
  /** What is watched, without sample weights. */
  readonly metrics?: readonly MetricIdentifier[];
  /** What is watched, with sample weights. */
  readonly weightedMetrics?: readonly MetricIdentifier[];
}

/** What `compile` made of its options. The meaning of "accuracy" waits for the first batch, whose shapes decide it. */
export class Compiled {
  readonly optimizer: Optimizer;
  readonly loss: Loss | undefined;
  readonly #options: CompileOptions;
  #metrics: { readonly plain: readonly Metric[]; readonly weighted: readonly Metric[] } | undefined;

  /**
   * @param options - What was passed to `compile`.
   * @throws UnknownNameError when a name does not exist.
   */
  constructor(options: CompileOptions) {
    this.optimizer = getOptimizer(options.optimizer ?? "rmsprop");
    this.loss = options.loss === undefined ? undefined : getLoss(options.loss);
    for (const name of ["metrics", "weightedMetrics"] as const) {
      const given: unknown = options[name] ?? [];
      if (!Array.isArray(given))
        throw new InvalidArgumentError(`\`${name}\` must be an array. Received: ${name}=${describeValue(given)}. Wrap it: ["accuracy"].`);
      for (const metric of given as readonly MetricIdentifier[]) checkMetric(metric);
    }
    this.#options = options;
  }

  /** The loss, or an error that says how to get one. */
  requireLoss(): Loss {
    if (this.loss) return this.loss;
    throw new NotCompiledError("No loss to compute. Provide a `loss` argument in `compile()`.");
  }

  /**
   * The metrics, made at the first batch.
   *
   * @param targets - The shape of the first batch's targets.
   * @param predictions - The shape of its predictions.
   * @returns The plain and the weighted ones.
   */
  metricsFor(targets: Shape, predictions: Shape): { readonly plain: readonly Metric[]; readonly weighted: readonly Metric[] } {
    this.#metrics ??= {
      plain: (this.#options.metrics ?? []).map((metric) => getMetric(metric, targets, predictions)),
      weighted: (this.#options.weightedMetrics ?? []).map((metric) => getMetric(metric, targets, predictions)),
    };
    return this.#metrics;
  }

  /** The metrics that exist so far, in the order of the logs. */
  get metrics(): readonly Metric[] {
    return this.#metrics ? [...this.#metrics.plain, ...this.#metrics.weighted] : [];
  }

  /** The names of the metrics in logs. A weighted metric whose name is taken gets `weighted_` before it, as in Keras. */
  get metricNames(): readonly string[] {
    const names: string[] = [];
    for (const { name } of this.#metrics?.plain ?? []) names.push(freeName(name, names));
    for (const { name } of this.#metrics?.weighted ?? []) names.push(freeName(names.includes(name) ? `weighted_${name}` : name, names));
    return names;
  }

  /** What was passed to `compile`, for checkpoints. */
  get options(): CompileOptions {
    return this.#options;
  }
}

function freeName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  let index = 1;
  while (taken.includes(`${name}_${index}`)) index++;
  return `${name}_${index}`;
}
