import { InvalidArgumentError, UnsupportedOpError, describeValue } from "../../errors.ts";
import { getLoss } from "../../losses/index.ts";
import { getMetric } from "../../metrics/index.ts";
import type { MetricIdentifier } from "../../metrics/index.ts";
import { getOptimizer } from "../../optimizers/index.ts";
import type { Optimizer } from "../../optimizers/index.ts";
import type { Serializable, Serialized } from "../../serialized.ts";
import type { CompileOptions } from "../compiled.ts";
import { checkUnused } from "./read-value.ts";

type Config = Readonly<Record<string, unknown>>;

function checked<T extends Serializable>(where: string, object: T, given: unknown): T {
  if (typeof given === "object" && given !== null) {
    const { config = {} } = given as { config?: Config };
    checkUnused(`${where} (${object.className})`, config, object.getConfig());
  }
  return object;
}

/** Keras 2 says `"auto"` for what Keras 3 and Rowan call by its name. */
function withoutAuto(given: Serialized): Serialized {
  const { reduction, ...config } = given.config;
  return reduction === "auto" ? { ...given, config } : given;
}

function readOptimizer(given: unknown): Optimizer {
  if (typeof given === "string") return getOptimizer(given);
  const { rowanConfig, ...serialized } = given as Serialized & { rowanConfig?: Config };
  const optimizer = getOptimizer({ ...serialized, config: { ...serialized.config, ...rowanConfig } });
  checkUnused(`the optimizer (${optimizer.className})`, serialized.config, optimizer.getConfig());
  return optimizer;
}

function readMetrics(key: string, given: unknown): MetricIdentifier[] {
  const list: unknown = Array.isArray(given) && given.length === 1 && Array.isArray(given[0]) ? given[0] : given;
  if (!Array.isArray(list)) {
    throw new UnsupportedOpError(
      `A model has one output, so \`${key}\` must be a list. Received: ${key}=${describeValue(given)}. Load with { compile: false } and call compile yourself.`,
    );
  }
  return list.map((metric: unknown) =>
    typeof metric === "string" ? metric : checked("a metric", getMetric(withoutAuto(metric as Serialized), [], []), metric),
  );
}

/**
 * Reads how a model was compiled.
 *
 * @param given - Keras' `compile_config` in camelCase.
 * @returns Options for `compile`.
 * @throws UnknownNameError for an optimizer, loss or metric that Rowan does not have; UnsupportedOpError for an option of one.
 */
export function readCompileConfig(given: Config): CompileOptions {
  const { optimizer, loss, lossWeights, metrics, weightedMetrics } = given;
  if (optimizer === null || optimizer === undefined)
    throw new InvalidArgumentError(
      `A compile_config must name its optimizer. Received: optimizer=${String(optimizer)}. Load with { compile: false } and call compile yourself.`,
    );
  if (lossWeights !== null && lossWeights !== undefined && !(Array.isArray(lossWeights) && lossWeights.every((weight) => weight === 1))) {
    throw new UnsupportedOpError(
      `A model has one loss, which takes no weight. Received: loss_weights=${describeValue(lossWeights)}. Load with { compile: false } and call compile yourself.`,
    );
  }
  const one: unknown = Array.isArray(loss) && loss.length === 1 ? loss[0] : loss;
  return {
    optimizer: readOptimizer(optimizer),
    ...(one !== null && one !== undefined && { loss: typeof one === "string" ? one : readLoss(one) }),
    ...(metrics != null && { metrics: readMetrics("metrics", metrics) }),
    ...(weightedMetrics != null && { weightedMetrics: readMetrics("weighted_metrics", weightedMetrics) }),
  };
}

function readLoss(given: unknown): ReturnType<typeof getLoss> {
  if (typeof given !== "object" || !("className" in (given as object)))
    throw new UnsupportedOpError(
      `A model has one output and so one loss. Received: loss=${describeValue(given)}. Load with { compile: false } and call compile yourself.`,
    );
  const serialized = withoutAuto(given as Serialized);
  return checked("the loss", getLoss(serialized), serialized);
}
