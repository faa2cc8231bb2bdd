/** What the methods of a model that go through samples were asked for: checked before anything is made, moved or drawn, and with defaults. */
import { Callback } from "../callbacks/index.ts";
import { checkFlag } from "../check-options.ts";
import { InvalidArgumentError, describeValue } from "../errors.ts";
import { checkSeed } from "../random/index.ts";
import { checkPositiveInteger } from "../tensor/shape.ts";
import type { FitOptions } from "./fit.ts";
import { checkProgress } from "./progress.ts";
import type { ProgressOptions, ProgressSettings } from "./progress.ts";

/** Settings of a run over samples, batch by batch. */
export interface RunSettings extends ProgressSettings {
  /** Samples a step. */
  readonly batchSize: number;
}

/** Settings of a training; each means what it means among the options of `fit`. */
export interface FitSettings extends RunSettings {
  readonly epochs: number;
  readonly initialEpoch: number;
  readonly validationFreq: number;
  readonly validationBatchSize: number;
  readonly callbacks: readonly Callback[];
  readonly shuffle: boolean;
  /** Undefined where none was given. */
  readonly seed: number | undefined;
  readonly threads: number;
}

/**
 * Checks the options of `evaluate` and `predict`.
 *
 * @param options - `batchSize`, `verbose`, `style`.
 * @returns All of them.
 * @throws InvalidArgumentError for the first that cannot be.
 */
export function checkRunOptions(options: ProgressOptions & { readonly batchSize?: number }): RunSettings {
  const { batchSize = 32 } = options;
  return { batchSize: checkPositiveInteger("batchSize", batchSize), ...checkProgress(options) };
}

/**
 * Checks the options of `fit` that do not depend on its samples.
 *
 * @param options - As `fit` takes them.
 * @returns All of them.
 * @throws InvalidArgumentError for the first that cannot be.
 */
export function checkFitOptions(options: FitOptions): FitSettings {
  const run = checkRunOptions(options);
  const { epochs = 1, initialEpoch = 0, validationFreq = 1, validationBatchSize = run.batchSize } = options;
  const { callbacks = [], shuffle = true, seed, threads = 1 } = options;
  return {
    ...run,
    epochs: checkPositiveInteger("epochs", epochs),
    initialEpoch: checkInitialEpoch(initialEpoch),
    validationFreq: checkPositiveInteger("validationFreq", validationFreq),
    validationBatchSize: checkPositiveInteger("validationBatchSize", validationBatchSize),
    callbacks: checkCallbacks(callbacks),
    shuffle: checkFlag("shuffle", shuffle),
    seed: seed === undefined ? undefined : checkSeed(seed),
    threads: checkPositiveInteger("threads", threads),
  };
}

function checkInitialEpoch(value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError(
    `\`initialEpoch\` must be a non-negative integer. Received: initialEpoch=${describeValue(value)} (of type ${typeof value}).`,
  );
}

function checkCallbacks(callbacks: unknown): readonly Callback[] {
  const list: readonly unknown[] = Array.isArray(callbacks) ? callbacks : [callbacks];
  const wrong = list.find((callback) => !(callback instanceof Callback));
  if (Array.isArray(callbacks) && wrong === undefined) return list as readonly Callback[];
  throw new InvalidArgumentError(
    `\`callbacks\` must be an array of Callback objects. Received: ${describeValue(Array.isArray(callbacks) ? wrong : callbacks)}. For plain functions use new LambdaCallback({ onEpochEnd }).`,
  );
}
