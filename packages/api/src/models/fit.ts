import { countOf } from "../count-of.ts";
import type { Backend } from "../backend/backend.ts";
import { withThreads } from "../backend/threads.ts";
import type { BatchEvent, Callback, Logs } from "../callbacks/index.ts";
import { History } from "../callbacks/index.ts";
import { InvalidArgumentError, describeValue } from "../errors.ts";
import { nextSeed, permutation } from "../random/index.ts";
import type { Compiled } from "./compiled.ts";
import { createDataset, sampleCount, sliceSamples, takeSamples } from "./dataset.ts";
import type { Dataset, Samples } from "./dataset.ts";
import { evaluateDataset } from "./evaluate.ts";
import { MetricTotals } from "./metric-totals.ts";
import type { Model } from "./model.ts";
import { Progress } from "./progress.ts";
import type { ProgressOptions } from "./progress.ts";
import { checkFitOptions } from "./run-settings.ts";
import type { FitSettings } from "./run-settings.ts";
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
  // Everything is checked before threads are taken, a seed is drawn or the model is built: what is wrong costs nothing.
  const settings = checkFitOptions(options);
  const data = splitData(model, x, y, options);
  model.checkInputs(data.training.x);
  if (data.validation) model.checkInputs(data.validation.x);
  // Before a model that is still to be built draws the seeds of its weights: their order decides what they are.
  const seed = settings.seed ?? (settings.shuffle ? nextSeed() : 0);
  // Where its tables are is known of a model that is built.
  model.ensureBuilt([null, ...data.training.x.shape.slice(1)]);
  return withThreads(backendsOfRows(context), settings.threads, () => runFit(context, data, { ...settings, seed }));
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
  settings: FitSettings & { readonly seed: number },
): Promise<History> {
  const { model, compiled, backend } = context;
  const { batchSize, epochs, shuffle } = settings;
  const count = sampleCount(training);
  const steps = Math.ceil(count / batchSize);
  let { seed } = settings;
  const progress = new Progress(settings, epochs, steps);
  const history = new History();
  const callbacks = [...settings.callbacks, history];
  for (const callback of callbacks) {
    callback.model = model;
    callback.params = { epochs, steps, verbose: settings.verbose, seed };
  }

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
  for (let epoch = resumed?.epoch ?? settings.initialEpoch; epoch < epochs; epoch++) {
    const order = shuffle ? permutation(count, { seed, purpose: "shuffle", step: epoch }) : undefined;
    const totals = new MetricTotals(compiled);
    progress.begin(epoch);
    for (const callback of callbacks) await callback.onEpochBegin(epoch);
    const watchersOf = (event: BatchEvent): Callback[] => callbacks.filter((callback) => callback.watches(event));
    const [starts, ends, tests] = [watchersOf("onTrainBatchBegin"), watchersOf("onTrainBatchEnd"), watchersOf("onTestBatchEnd")];
    let lossSum = 0;
    let seen = 0;
    const batchOf = (step: number): Dataset => {
      const end = Math.min((step + 1) * batchSize, count);
      return order ? takeSamples(training, order.subarray(step * batchSize, end)) : sliceSamples(training, step * batchSize, end);
    };
    await runSteps(backend, {
      from: epoch === resumed?.epoch ? resumed.step : 0,
      to: steps,
      isWatched: starts.length + ends.length > 0,
      async start(step) {
        for (const callback of starts) await callback.onTrainBatchBegin(step);
        return startTrainStep(model, compiled, batchOf(step), backend);
      },
      async finish({ loss, metrics }, step) {
        const samples = Math.min((step + 1) * batchSize, count) - step * batchSize;
        totals.add(metrics);
        lossSum += loss * samples;
        seen += samples;
        logs = { loss: lossSum / seen, ...totals.results() };
        progress.step(step + 1, Object.entries(logs));
        for (const callback of ends) await callback.onTrainBatchEnd(step, logs);
        return !isStopped();
      },
    });
    if (validation && (epoch + 1) % settings.validationFreq === 0) {
      const watch = async (batch: number, results: Logs): Promise<void> => {
        for (const callback of tests) await callback.onTestBatchEnd(batch, results);
      };
      const silent = { batchSize: settings.validationBatchSize, verbose: 0, style: settings.style } as const;
      const results = await evaluateDataset(context, validation, silent, tests.length > 0 ? watch : undefined);
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
      `\`validationSplit\` must leave samples on both sides. Received: validationSplit=${split} of ${countOf(count, "sample")}. Pass validationData instead.`,
    );
  }
  return { training: sliceSamples(all, 0, at), validation: sliceSamples(all, at, count) };
}
