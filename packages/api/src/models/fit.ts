import type { Backend } from "../backend/backend.ts";
import { leaseThreads } from "../backend/threads.ts";
import type { ThreadLease } from "../backend/threads.ts";
import type { Logs } from "../callbacks/index.ts";
import { Callback, History } from "../callbacks/index.ts";
import { InvalidArgumentError, describeValue } from "../errors.ts";
import { nextSeed, permutation } from "../random/index.ts";
import { checkPositiveInteger } from "../tensor/shape.ts";
import type { Compiled } from "./compiled.ts";
import { createDataset, sampleCount, sliceSamples, takeSamples } from "./dataset.ts";
import type { Dataset, Samples } from "./dataset.ts";
import { evaluateDataset } from "./evaluate.ts";
import { MetricTotals } from "./metric-totals.ts";
import type { Model } from "./model.ts";
import { Progress, verbosity } from "./progress.ts";
import type { ProgressOptions } from "./progress.ts";
import { runSteps } from "./run-steps.ts";
import { startTrainStep } from "./step.ts";

/** Options of `fit`. */
export interface FitOptions extends ProgressOptions {
  /** Samples a step; 32 when left out. The last batch of an epoch may be smaller. */
  readonly batchSize?: number;
  /** Where to stop, counted from 0; 1 when left out. */
  readonly epochs?: number;
  readonly callbacks?: readonly Callback[];
  /** The part of the samples, from 0 to 1, that is set aside for validation: the last ones, before shuffling. */
  readonly validationSplit?: number;
  /** Samples for validation; takes precedence over `validationSplit`. */
  readonly validationData?: readonly [x: Samples, y: Samples] | readonly [x: Samples, y: Samples, sampleWeight: Samples];
  /** Draws a new order for each epoch; true when left out. */
  readonly shuffle?: boolean;
  /** Makes the order repeatable. */
  readonly seed?: number;
  readonly classWeight?: Readonly<Record<number, number>>;
  readonly sampleWeight?: Samples;
  /** Where to start, counted from 0. */
  readonly initialEpoch?: number;
  /** Validates after every so many epochs. */
  readonly validationFreq?: number;
  /** Samples a step of the validation; `batchSize` when left out. */
  readonly validationBatchSize?: number;
  /**
   * Threads that share the rows of a step, the calling one among them; 1 when left out. More need `enableTrainingThreads()` of
   * @rowan/runtime, and pay for large batches. The result does not depend on their number.
   */
  readonly threads?: number;
}

/** What `fit` needs of a model beside its public face. */
export interface FitContext {
  readonly model: Model;
  readonly compiled: Compiled;
  readonly backend: Backend;
}

/**
 * Trains a model.
 *
 * @param context - The model, what it was compiled with, and where it runs.
 * @param x - Inputs.
 * @param y - Targets.
 * @param options - As in Keras.
 * @returns What every epoch gave.
 */
export async function fitModel(context: FitContext, x: Samples, y: Samples, options: FitOptions): Promise<History> {
  const { model } = context;
  const data = splitData(model, x, y, options);
  model.checkInputs(data.training.x);
  if (data.validation) model.checkInputs(data.validation.x);
  // Before a model that is still to be built draws the seeds of its weights: their order decides what they are.
  const seed = options.seed ?? (options.shuffle === false ? 0 : nextSeed());
  // Where its tables are is known of a model that is built.
  model.ensureBuilt([null, ...data.training.x.shape.slice(1)]);
  const leases: (ThreadLease | undefined)[] = [];
  try {
    for (const backend of backendsOfRows(context)) leases.push(await leaseThreads(backend, options.threads));
    return await runFit(context, data, { ...options, seed });
  } finally {
    for (const lease of leases) await lease?.end();
  }
}

/** Where the rows of a step are read and updated, which is what threads share. */
function backendsOfRows({ model, backend }: FitContext): Iterable<Backend> {
  const homes = model.variables.flatMap(({ isTable, device }) => (isTable ? [device ?? backend] : []));
  return new Set(homes.length > 0 ? homes : [backend]);
}

interface FitData {
  readonly training: Dataset;
  readonly validation?: Dataset;
}

async function runFit(
  context: FitContext,
  { training, validation }: FitData,
  options: FitOptions & { readonly seed: number },
): Promise<History> {
  const { model, compiled, backend } = context;
  const batchSize = checkPositiveInteger("batchSize", options.batchSize ?? 32);
  const epochs = checkPositiveInteger("epochs", options.epochs ?? 1);
  const validationFreq = checkPositiveInteger("validationFreq", options.validationFreq ?? 1);
  // Everything is checked before the first step: a fault found after an epoch would cost the epoch.
  const validationBatchSize = checkPositiveInteger("validationBatchSize", options.validationBatchSize ?? batchSize);
  const initialEpoch = checkInitialEpoch(options.initialEpoch ?? 0);
  const given = checkCallbacks(options.callbacks ?? []);

  const count = sampleCount(training);
  const steps = Math.ceil(count / batchSize);
  let { seed } = options;
  const progress = new Progress(options, epochs, steps);
  const history = new History();
  const callbacks = [...given, history];
  for (const callback of callbacks) {
    callback.model = model;
    callback.params = { epochs, steps, verbose: verbosity(options), seed };
  }

  const isWatched = callbacks.some(watchesBatches);
  model.stopTraining = false;
  // A function, since any callback may have set it.
  const isStopped = (): boolean => model.stopTraining;
  let logs: Logs = {};
  for (const callback of callbacks) await callback.onTrainBegin();
  const resumed = callbacks.map((callback) => callback.resumePoint()).find((point) => point !== undefined);
  if (resumed) {
    seed = resumed.seed;
    for (const callback of callbacks) callback.params = { ...callback.params, seed };
  }
  for (let epoch = resumed?.epoch ?? initialEpoch; epoch < epochs; epoch++) {
    const order = options.shuffle === false ? undefined : permutation(count, { seed, purpose: "shuffle", step: epoch });
    const totals = new MetricTotals(compiled);
    progress.begin(epoch);
    for (const callback of callbacks) await callback.onEpochBegin(epoch);
    let lossSum = 0;
    let seen = 0;
    const batchOf = (step: number): Dataset => {
      const end = Math.min((step + 1) * batchSize, count);
      return order ? takeSamples(training, order.subarray(step * batchSize, end)) : sliceSamples(training, step * batchSize, end);
    };
    await runSteps(backend, {
      from: epoch === resumed?.epoch ? resumed.step : 0,
      to: steps,
      isWatched,
      async start(step) {
        for (const callback of callbacks) await callback.onTrainBatchBegin(step);
        return startTrainStep(model, compiled, batchOf(step), backend);
      },
      async finish({ loss, metrics }, step) {
        const samples = Math.min((step + 1) * batchSize, count) - step * batchSize;
        totals.add(metrics);
        lossSum += loss * samples;
        seen += samples;
        logs = { loss: lossSum / seen, ...totals.results() };
        progress.step(step + 1, Object.entries(logs));
        for (const callback of callbacks) await callback.onTrainBatchEnd(step, logs);
        return !isStopped();
      },
    });
    if (validation && (epoch + 1) % validationFreq === 0) {
      const watchers = callbacks.filter(watchesValidation);
      const watch = async (batch: number, results: Logs): Promise<void> => {
        for (const callback of watchers) await callback.onTestBatchEnd(batch, results);
      };
      const settings = { batchSize: validationBatchSize, verbose: 0 } as const;
      const results = await evaluateDataset(context, validation, settings, watchers.length > 0 ? watch : undefined);
      logs = { ...logs, ...Object.fromEntries(Object.entries(results).map(([name, value]) => [`val_${name}`, value])) };
    }
    progress.end(Object.entries(logs));
    for (const callback of callbacks) await callback.onEpochEnd(epoch, logs);
    if (isStopped()) break;
  }
  compiled.optimizer.finalizeVariables(model.trainableVariables);
  for (const callback of callbacks) await callback.onTrainEnd(logs);
  return history;
}

/** Whether a callback does something between the steps. */
function watchesBatches(callback: Callback): boolean {
  const { prototype } = Callback;
  return callback.onTrainBatchBegin !== prototype.onTrainBatchBegin || callback.onTrainBatchEnd !== prototype.onTrainBatchEnd;
}

function watchesValidation(callback: Callback): boolean {
  return callback.onTestBatchEnd !== Callback.prototype.onTestBatchEnd;
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

function splitData(model: Model, x: Samples, y: Samples, options: FitOptions): FitData {
  const all = createDataset(x, model.inputDType, y, options);
  if (options.validationData) {
    const given: unknown = options.validationData;
    if (!Array.isArray(given) || given.length < 2 || given.length > 3) {
      throw new InvalidArgumentError(
        `\`validationData\` must be [x, y] or [x, y, sampleWeight]. Received: validationData=${describeValue(given)}.`,
      );
    }
    const [vx, vy, weight] = options.validationData;
    return { training: all, validation: createDataset(vx, model.inputDType, vy, { sampleWeight: weight }) };
  }
  const split = options.validationSplit ?? 0;
  if (split === 0) return { training: all };
  if (!(split > 0 && split < 1))
    throw new InvalidArgumentError(
      `\`validationSplit\` must be a number from 0 up to, but not including, 1. Received: validationSplit=${describeValue(split)}.`,
    );
  const count = sampleCount(all);
  const at = Math.floor(count * (1 - split));
  if (at === 0 || at === count) {
    throw new InvalidArgumentError(
      `\`validationSplit\` must leave samples on both sides. Received: validationSplit=${split} of ${count} samples. Pass validationData instead.`,
    );
  }
  return { training: sliceSamples(all, 0, at), validation: sliceSamples(all, at, count) };
}
