/** One batch through a model: the three phases of a step, and their shorter forms for evaluation and prediction. */
import type { Backend } from "../backend/backend.ts";
import { UnsupportedOpError } from "../errors.ts";
import { concatenate, reshape } from "../ops/shaping.ts";
import { add } from "../ops/arithmetic.ts";
import { GradientTape } from "../ops/tape.ts";
import { prepareRows } from "../table/prepared-rows.ts";
import { isAway } from "../table/away-rows.ts";
import type { Variable } from "../table/variable.ts";
import type { NDArray } from "../tensor/ndarray.ts";
import { Arena } from "../tensor/scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Compiled } from "./compiled.ts";
import type { Dataset } from "./dataset.ts";
import type { Layer, LayerOutput } from "../layers/layer.ts";

/** What a step reports of its batch. */
export interface StepResult {
  readonly loss: number;
  /** Total and count of each metric, for MetricTotals. */
  readonly metrics: readonly number[];
}

/** A step whose work is on its way: the next one may be started while its numbers come back. */
export interface StartedStep<T> {
  /** What it reports, once that is on the host; its memory is back then. A failure is also told to nobody, if nobody waits. */
  readonly result: Promise<T>;
}

/**
 * Starts a training step: prepares rows, runs forward and backward, and updates.
 *
 * @param model - A built model.
 * @param compiled - Optimizer, loss and metrics.
 * @param batch - Inputs, targets, weights.
 * @param backend - Where to.
 * @returns The step, updated; its result is the loss before the update.
 */
export function startTrainStep(model: Layer, compiled: Compiled, batch: Dataset, backend: Backend): Promise<StartedStep<StepResult>> {
  return start(async (arena) => {
    const inputs = arena.run(() => Tensor.fromHost(batch.x, backend));
    await prepareRows(model.rowLookups(inputs), { training: true, arena });
    return arena.run(async () => {
      const tape = new GradientTape();
      const variables = model.trainableVariables;
      const forward = tape.record(() => computeLoss(model, compiled, inputs, batch, true));
      const gradients = tape.gradient(forward.loss, variables);
      const packed = pack([forward.loss, ...watchBatch(compiled, forward)]);
      await compiled.optimizer.apply(gradients, variables);
      return packed;
    });
  }, unpack);
}

/**
 * One training step, from its rows to its loss.
 *
 * @param model - A built model.
 * @param compiled - Optimizer, loss and metrics.
 * @param batch - Inputs, targets, weights.
 * @param backend - Where to.
 * @returns The loss before the update.
 */
export async function trainStep(model: Layer, compiled: Compiled, batch: Dataset, backend: Backend): Promise<StepResult> {
  return (await startTrainStep(model, compiled, batch, backend)).result;
}

/**
 * Starts an evaluation step: loss and metrics of a batch, nothing updated.
 *
 * @param model - A built model.
 * @param compiled - Loss and metrics.
 * @param batch - Inputs, targets, weights.
 * @param backend - Where to.
 * @returns The step; its result is the loss.
 */
export function startTestStep(model: Layer, compiled: Compiled, batch: Dataset, backend: Backend): Promise<StartedStep<StepResult>> {
  return start(async (arena) => {
    const inputs = arena.run(() => Tensor.fromHost(batch.x, backend));
    await prepareRows(model.rowLookups(inputs), { training: false, arena });
    return arena.run(() => {
      const forward = computeLoss(model, compiled, inputs, batch, false);
      return pack([forward.loss, ...watchBatch(compiled, forward)]);
    });
  }, unpack);
}

/**
 * Starts a prediction step.
 *
 * @param model - A built model.
 * @param x - Inputs.
 * @param backend - Where to.
 * @returns The step; its result is the outputs, on the host.
 */
export function startPredictStep(model: Layer, x: NDArray, backend: Backend): Promise<StartedStep<NDArray>> {
  return start(
    async (arena) => {
      const inputs = arena.run(() => Tensor.fromHost(x, backend));
      await prepareRows(model.rowLookups(inputs), { training: false, arena });
      return arena.run(() => model.apply(inputs, { training: false, step: 0 }).output);
    },
    (outputs) => outputs,
  );
}

/** Runs a step's work in an arena of its own, which ends when its results are on the host. */
async function start<T>(work: (arena: Arena) => Promise<Tensor>, unpackResults: (results: NDArray) => T): Promise<StartedStep<T>> {
  const arena = new Arena();
  try {
    const results = await work(arena);
    const result = results
      .read()
      .then(unpackResults)
      .finally(() => arena.release());
    result.catch(() => undefined);
    return { result };
  } catch (error) {
    arena.release();
    throw error;
  }
}

interface Forward extends LayerOutput {
  readonly loss: Tensor;
  readonly targets: Tensor;
  readonly sampleWeight: Tensor | undefined;
}

function computeLoss(model: Layer, compiled: Compiled, inputs: Tensor, batch: Dataset, training: boolean): Forward {
  const extra: Tensor[] = [];
  const addLoss = (loss: Tensor): void => {
    extra.push(loss);
  };
  const { output, mask } = model.apply(inputs, { training, step: compiled.optimizer.iterations, addLoss });
  const targets = Tensor.fromHost(batch.y, inputs.backend);
  const sampleWeight = batch.sampleWeight && Tensor.fromHost(batch.sampleWeight, inputs.backend);
  const main = compiled.requireLoss().compute(targets, output, { sampleWeight, mask });
  for (const variable of model.trainableVariables) {
    if (!variable.regularizer || variable.quantized) continue;
    if (isAway(variable, inputs.backend)) throw regularizerAway(variable, inputs.backend);
    extra.push(variable.regularizer.call(variable.value));
  }
  return { output, mask, loss: extra.reduce((total, loss) => add(total, loss), main), targets, sampleWeight };
}

function regularizerAway({ path, device }: Variable, backend: Backend): UnsupportedOpError {
  return new UnsupportedOpError(
    `A regularizer needs every row of "${path}" where the loss is computed. Received: a table with device="${device?.name}" in a model on "${backend.name}". Use the optimizer's weightDecay in its place, or leave \`device\` out.`,
  );
}

/** Total and count of each metric. */
function watchBatch(compiled: Compiled, { targets, output, mask, sampleWeight }: Forward): readonly Tensor[] {
  const { plain, weighted } = compiled.metricsFor(targets.shape, output.shape);
  const updates = [
    ...plain.map((metric) => metric.update(targets, output, { mask })),
    ...weighted.map((metric) => metric.update(targets, output, { mask, sampleWeight })),
  ];
  return updates.flatMap(({ total, count }) => [total, count]);
}

/** One read for all numbers of a batch. */
function pack(scalars: readonly Tensor[]): Tensor {
  return concatenate(
    scalars.map((scalar) => reshape(scalar, [1])),
    0,
  );
}

function unpack({ data }: NDArray): StepResult {
  const [loss = NaN, ...metrics] = data;
  return { loss, metrics };
}
