import type { Selection, Workload } from "@rowan/api";
import { formatTable } from "../../format.ts";
import { quantile } from "../statistics.ts";

/** A choice may be so much slower than the fastest backend and still count as right. */
const tolerance = 1.2;

/** How a backend was chosen once. */
export interface Choice {
  readonly chosen: string;
  readonly by: Selection["by"];
  /** The choosing itself, without the making of backends, in milliseconds. */
  readonly tookMs: number;
  /** Milliseconds of a call that were measured or estimated for it, by backend. */
  readonly ms: Readonly<Record<string, number>>;
}

/** One setting: what is true, and what was chosen. */
export interface SettingResult {
  readonly workload: Workload;
  /** Milliseconds of a call, by backend. */
  readonly truth: Readonly<Record<string, number>>;
  /** With nothing known. */
  readonly cold: Choice;
  /** With what was kept of the settings before. */
  readonly kept: Choice;
  /** The same setting once more. */
  readonly again: Choice;
}

/**
 * What a setting is called.
 *
 * @param workload - Which.
 */
export function nameSetting({ work, inputDim, outputDim, batch }: Workload): string {
  return `${work} ${inputDim} x ${outputDim}, ${batch} ids`;
}

/** How many times slower than the fastest a choice is. */
function lossOf({ truth }: SettingResult, { chosen }: Choice): number {
  return (truth[chosen] ?? Infinity) / Math.min(...Object.values(truth));
}

/**
 * All settings as a table.
 *
 * @param results - At least one.
 */
export function formatSettings(results: readonly SettingResult[]): string {
  const names = Object.keys(results[0]?.truth ?? {});
  const lines = results.map((result) => {
    const { workload, truth, cold, kept } = result;
    return [
      nameSetting(workload),
      ...names.map((name) => truth[name]?.toPrecision(3) ?? ""),
      cold.chosen,
      lossOf(result, cold).toFixed(2),
      cold.tookMs.toFixed(0),
      `${kept.chosen} (${kept.by})`,
    ];
  });
  return formatTable([["ms a call", ...names, "chosen", "x best", "ms cold", "with what was kept"], ...lines]);
}

/**
 * What the table comes to.
 *
 * @param results - At least one.
 */
export function summariseSettings(results: readonly SettingResult[]): string {
  const count = (of: (result: SettingResult) => Choice, which: readonly SettingResult[] = results): string => {
    const right = which.filter((result) => lossOf(result, of(result)) <= tolerance).length;
    const losses = which.map((result) => lossOf(result, of(result)));
    return `${right} of ${which.length} within 20 % of the fastest, at worst ${Math.max(...losses).toFixed(2)}x`;
  };
  const times = (of: (result: SettingResult) => Choice, which: readonly SettingResult[] = results): string => {
    const all = which.map((result) => of(result).tookMs);
    return `${quantile(all, 0.5).toFixed(1)} ms at the median, ${Math.max(...all).toFixed(1)} ms at most`;
  };
  const modelled = results.filter(({ kept }) => kept.by === "model");
  return [
    `Cold: ${count(({ cold }) => cold)}; ${times(({ cold }) => cold)}.`,
    `With what was kept of other settings: ${count(({ kept }) => kept)}.`,
    ...(modelled.length > 0
      ? [`Of these by the model alone: ${count(({ kept }) => kept, modelled)}; ${times(({ kept }) => kept, modelled)}.`]
      : []),
    `The same setting again: ${times(({ again }) => again)}.`,
    "",
  ].join("\n");
}
