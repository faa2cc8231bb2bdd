import { describeWorkload } from "./workload.ts";
import type { Workload } from "./workload.ts";

/** What became of one registered backend in a selection. */
export interface Candidate {
  readonly name: string;
  /**
   * - `"chosen"`; `"slower"`: another one was faster.
   * - `"notLoaded"`: it cannot win, so it was not loaded; or a choice was made without it.
   * - `"unavailable"`: it cannot run here; `"failed"`: it cannot do this work.
   * - `"passedOver"`: its adapter is software, and real hardware is there.
   */
  readonly outcome: "chosen" | "slower" | "notLoaded" | "unavailable" | "failed" | "passedOver";
  /** Milliseconds of a call, measured or estimated. */
  readonly ms?: number;
  /** Why, in words. */
  readonly text: string;
}

/** How a backend was chosen, and what became of the others. */
export interface Selection {
  readonly chosen: string;
  /**
   * - `"name"`: `selectBackend(name)`; `"environment"`: ROWAN_BACKEND; `"preference"`: the first of a list that is there.
   * - `"only"`: no other one is registered.
   * - `"measurement"`; `"cache"`: an earlier measurement of the same sizes; `"model"`: an estimate from earlier ones of other sizes.
   */
  readonly by: "name" | "environment" | "preference" | "only" | "measurement" | "cache" | "model";
  /** The backend's own line about what it runs on. */
  readonly device: string;
  /** What it was chosen for, where that counted. */
  readonly workload?: Workload;
  /** In the order in which they were registered. */
  readonly candidates: readonly Candidate[];
  /** How long it took, in milliseconds, and how much of that making backends did. */
  readonly tookMs: number;
  readonly loadingMs: number;
}

const reasons: Readonly<Record<Selection["by"], string>> = {
  name: "it was asked for by its name",
  environment: "the environment variable ROWAN_BACKEND names it",
  preference: "it is the first of the preferred ones that is there",
  only: "no other one is registered",
  measurement: "it was the fastest when measured",
  cache: "it was the fastest when measured earlier on this machine",
  model: "it is the fastest by what was measured earlier on this machine for other sizes",
};

let last: Selection | undefined;

/**
 * Keeps a selection for `explainSelection`.
 *
 * @param selection - The newest one.
 */
export function keepSelection(selection: Selection): void {
  last = selection;
}

/**
 * The newest selection that `selectBackend` made.
 *
 * @returns It as data; undefined before the first one.
 */
export function lastSelection(): Selection | undefined {
  return last;
}

/**
 * Says how a backend was chosen, and why the others were not.
 *
 * @param selection - Which selection; the newest one when left out.
 * @returns A line for the choice and one for each registered backend.
 * @example
 * await selectBackend({ inputDim: 1_000_000, outputDim: 64, batch: 16_384, work: "train" });
 * console.log(explainSelection());
 */
export function explainSelection(selection: Selection | undefined = last): string {
  if (selection === undefined) return "Nothing was selected yet: call selectBackend() first.";
  const { chosen, by, device, workload, candidates } = selection;
  const purpose = workload === undefined ? "" : `, for ${describeWorkload(workload)}`;
  const width = Math.max(...candidates.map(({ name }) => name.length));
  return [
    `Chosen: ${chosen} (${device}): ${reasons[by]}${purpose}.`,
    ...candidates.map(({ name, text }) => `  ${name.padEnd(width)}  ${text}`),
  ].join("\n");
}
