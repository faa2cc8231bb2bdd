import type { Backend } from "../backend/backend.ts";
import type { Layer } from "../layers/layer.ts";
import { createTypedArray } from "../tensor/dtype.ts";
import { NDArray } from "../tensor/ndarray.ts";
import { sizeOf } from "../tensor/shape.ts";
import { Progress } from "./progress.ts";
import type { ProgressOptions } from "./progress.ts";
import type { RunSettings } from "./run-settings.ts";
import { runSteps } from "./run-steps.ts";
import { startPredictStep } from "./step.ts";

/** Options of `predict`. */
export interface PredictOptions extends ProgressOptions {
  /** Samples a step; 32 when left out. */
  readonly batchSize?: number;
}

/**
 * A model's outputs for some samples, batch by batch.
 *
 * @param model - Any model.
 * @param inputs - Checked; samples along the first axis.
 * @param backend - Where to.
 * @param settings - Batch size, what is printed.
 * @returns Float32, one output for each sample.
 */
export async function predictSamples(model: Layer, inputs: NDArray, backend: Backend, settings: RunSettings): Promise<NDArray> {
  const { batchSize } = settings;
  const count = inputs.shape[0] as number;
  const steps = Math.ceil(count / batchSize);
  const progress = new Progress(settings, 1, steps);
  progress.begin(0);
  const parts: NDArray[] = [];
  await runSteps(backend, {
    from: 0,
    to: steps,
    isWatched: false,
    start: (step) => startPredictStep(model, inputs.slice(step * batchSize, Math.min((step + 1) * batchSize, count)), backend),
    finish(outputs, step) {
      parts.push(outputs);
      progress.step(step + 1, []);
      return true;
    },
  });
  progress.end([]);
  return joinParts(parts, count);
}

function joinParts(parts: readonly NDArray[], count: number): NDArray {
  const [first] = parts as readonly [NDArray];
  if (parts.length === 1) return first;
  const inner = first.shape.slice(1);
  const joined = createTypedArray(first.dtype, count * sizeOf(inner));
  let at = 0;
  for (const part of parts) {
    joined.set(part.data, at);
    at += part.size;
  }
  return new NDArray(joined, [count, ...inner], first.dtype);
}
