/** What was timed on a machine, and what it says of sizes that were not. */
import type { WorkCost } from "../hardware.ts";
import type { Workload } from "./workload.ts";

/** A workload that was timed, or estimated from two that were. */
export interface Sample extends Omit<Workload, "work"> {
  readonly ms: number;
}

/** An estimate, and how far it may be off. */
export interface Estimate {
  readonly ms: number;
  /** The largest relative error of the model on what was timed. */
  readonly error: number;
}

/** What a call's time is made of: a constant, ids, values, and the table's size, which counts where an update copies the table. */
type Features = readonly [call: number, ids: number, values: number, table: number];

function featuresOf({ inputDim, outputDim, batch }: Omit<Workload, "work">): Features {
  return [1, batch, batch * outputDim, inputDim * outputDim];
}

function dot(factors: readonly number[], features: Features): number {
  return features.reduce((sum, feature, i) => sum + feature * (factors[i] as number), 0);
}

/**
 * The factors, none of them negative, that fit best in relative terms: coordinate descent on the least squares of `Σ factor * feature / ms - 1`.
 */
function fit(samples: readonly Sample[]): readonly number[] {
  const rows = samples.map((sample) => featuresOf(sample).map((feature) => feature / sample.ms));
  const squares = [0, 1, 2, 3].map((i) => rows.reduce((sum, row) => sum + (row[i] as number) ** 2, 0));
  const factors = [0, 0, 0, 0];
  const residuals = rows.map(() => -1);
  for (let round = 0; round < 300; round++) {
    for (let i = 0; i < 4; i++) {
      const slope = rows.reduce((sum, row, at) => sum + (row[i] as number) * (residuals[at] as number), 0);
      const before = factors[i] as number;
      const after = Math.max(0, before - slope / (squares[i] as number));
      factors[i] = after;
      rows.forEach((row, at) => (residuals[at] = (residuals[at] as number) + (row[i] as number) * (after - before)));
    }
  }
  return factors;
}

/** Whether a sample says enough of a workload: rows within a factor of two in length, four in number, and a table within eight. */
function isNear(sample: Sample, { inputDim, outputDim, batch }: Workload): boolean {
  const octaves = (a: number, b: number): number => Math.abs(Math.log2(a / b));
  return octaves(sample.outputDim, outputDim) <= 1 && octaves(sample.batch, batch) <= 2 && octaves(sample.inputDim, inputDim) <= 3;
}

/**
 * Estimates a workload from samples of one backend and one kind of work.
 *
 * @param samples - What was timed.
 * @param workload - What was not.
 * @returns The estimate; undefined where nothing near was timed.
 */
export function predict(samples: readonly Sample[], workload: Workload): Estimate | undefined {
  if (!samples.some((sample) => isNear(sample, workload))) return undefined;
  const factors = fit(samples);
  const errors = samples.map((sample) => Math.abs(dot(factors, featuresOf(sample)) / sample.ms - 1));
  return { ms: dot(factors, featuresOf(workload)), error: Math.max(...errors) };
}

/**
 * What a workload takes at least, since less work took that long.
 *
 * @param samples - What was timed.
 * @param workload - What was not.
 * @returns Milliseconds; 0 where all that was timed is larger in some way.
 */
export function provenMs(samples: readonly Sample[], { inputDim, outputDim, batch }: Workload): number {
  const smaller = samples.filter((sample) => sample.inputDim <= inputDim && sample.outputDim <= outputDim && sample.batch <= batch);
  return Math.max(0, ...smaller.map(({ ms }) => ms));
}

/**
 * The least that a workload can cost with an engine.
 *
 * @param cost - From its outlook.
 * @param workload - The sizes.
 * @returns Milliseconds a call.
 */
export function leastMs({ callMs, idNs, valueNs }: WorkCost, { outputDim, batch }: Workload): number {
  return callMs + (batch * (idNs + outputDim * valueNs)) / 1e6;
}
