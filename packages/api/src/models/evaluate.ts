import { sampleCount, sliceSamples } from "./dataset.ts";
import type { Dataset } from "./dataset.ts";
import type { FitContext } from "./fit.ts";
import { MetricTotals } from "./metric-totals.ts";
import { Progress } from "./progress.ts";
import type { ProgressOptions } from "./progress.ts";
import type { RunSettings } from "./run-settings.ts";
import { runSteps } from "./run-steps.ts";
import { startTestStep } from "./step.ts";

/** Options of an evaluation. */
export interface EvaluateOptions extends ProgressOptions {
  /** Samples a step; 32 when left out. */
  readonly batchSize?: number;
}

/**
 * Loss and metrics over a dataset.
 *
 * @param context - The model, what it was compiled with, and where it runs.
 * @param data - Inputs, targets, weights.
 * @param settings - Batch size, what is printed.
 * @param watch - Called after each batch, counted from 0, with what it came to so far; the next one waits for it.
 * @returns `loss` and the metrics by name.
 */
export async function evaluateDataset(
  { model, compiled, backend }: FitContext,
  data: Dataset,
  settings: RunSettings,
  watch?: (batch: number, results: Readonly<Record<string, number>>) => Promise<void>,
): Promise<Record<string, number>> {
  const { batchSize } = settings;
  const count = sampleCount(data);
  const steps = Math.ceil(count / batchSize);
  const progress = new Progress(settings, 1, steps);
  const totals = new MetricTotals(compiled);
  progress.begin(0);
  let lossSum = 0;
  let results: Record<string, number> = {};
  const endOf = (step: number): number => Math.min((step + 1) * batchSize, count);
  await runSteps(backend, {
    from: 0,
    to: steps,
    isWatched: watch !== undefined,
    start: (step) => startTestStep(model, compiled, sliceSamples(data, step * batchSize, endOf(step)), backend),
    async finish({ loss, metrics }, step) {
      totals.add(metrics);
      lossSum += loss * (endOf(step) - step * batchSize);
      results = { loss: lossSum / endOf(step), ...totals.results() };
      progress.step(step + 1, Object.entries(results));
      await watch?.(step, results);
      return true;
    },
  });
  progress.end(Object.entries(results));
  return results;
}
