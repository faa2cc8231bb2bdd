import type { BackendFactory } from "@rowan/api";
import { describeGroups } from "../suite/describe-groups.ts";
import type { ApiGroup, SuiteOptions } from "../suite/describe-groups.ts";
import { activations } from "./activations.ts";
import { earlyStopping } from "./early-stopping.ts";
import { layers } from "./layers.ts";
import { losses } from "./losses.ts";
import { metrics } from "./metrics.ts";
import { models } from "./models.ts";
import { optimizersLong } from "./optimizers-long.ts";
import { optimizersStep } from "./optimizers-step.ts";
import { quantization } from "./quantization.ts";
import { regularizersAndConstraints } from "./regularizers-constraints.ts";
import { schedules } from "./schedules.ts";

const groups: readonly ApiGroup[] = [
  activations,
  losses,
  metrics,
  layers,
  regularizersAndConstraints,
  schedules,
  optimizersStep,
  optimizersLong,
  models,
  earlyStopping,
  quantization,
];

/**
 * Registers the golden numbers of Keras as tests of a backend, in vitest: activations, losses, metrics, layers, optimizers, whole
 * models. Each case must come within the tolerance that its fixture states, and free all memory that it takes.
 *
 * A case on the list of skips is run all the same and must fail: when it passes, or when no case has that name, the run fails.
 *
 * @param name - How the report calls the backend.
 * @param factory - Makes a backend; called once.
 * @param options - `skip`: cases that are known to fail, with reasons.
 * @example
 * ```ts
 * describeGolden("cpu", createCpuBackend);
 * ```
 */
export function describeGolden(name: string, factory: BackendFactory, options: SuiteOptions = {}): void {
  describeGroups(`${name}: the numbers of Keras`, factory, groups, options);
}
