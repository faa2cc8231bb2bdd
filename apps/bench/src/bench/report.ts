import { formatTable } from "../format.ts";
import type { BenchCase, Scale, Suite } from "./bench-case.ts";
import type { Missing } from "./contender.ts";
import type { Machine } from "./machine.ts";
import type { Measurement } from "./measure.ts";
import type { Ratio } from "./statistics.ts";

/** One case and how long everybody took. */
export interface CaseResult {
  readonly suite: Suite;
  readonly name: string;
  readonly rows?: number;
  readonly bytes?: number;
  readonly measurements: readonly Measurement[];
}

/** What a benchmark found. */
export interface Report {
  readonly benchmark: "rowan bench";
  readonly scale: Scale;
  readonly date: string;
  readonly machine: Machine;
  /** What the peers call themselves. */
  readonly versions: Readonly<Record<string, string>>;
  readonly results: readonly CaseResult[];
  readonly missing: readonly Missing[];
}

/**
 * A case as it is written down.
 *
 * @param work - What was measured.
 * @param measurements - Rowan first.
 */
export function caseResult({ suite, name, rows, bytes }: BenchCase, measurements: readonly Measurement[]): CaseResult {
  return { suite, name, ...(rows !== undefined && { rows }), ...(bytes !== undefined && { bytes }), measurements };
}

/**
 * The machine in a line or two.
 *
 * @param machine - Which.
 */
export function formatMachine({ processor, threads, platform, node, load, commit, hugePages }: Machine): string {
  const build = commit === undefined ? "" : `, commit ${commit}`;
  const pages = hugePages === undefined ? "" : `, huge pages: ${hugePages}`;
  return `${processor}, ${threads} threads, ${platform}, Node ${node}${build}${pages}; load before: ${load}`;
}

/**
 * A ratio with its spread: `1.24x (1.10 to 1.31)`.
 *
 * @param ratio - Of pairs.
 */
export function formatRatio({ median, low, high }: Ratio): string {
  return `${digits(median)}x (${digits(low)} to ${digits(high)})`;
}

/**
 * A number with about three digits.
 *
 * @param value - Positive.
 */
export function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/**
 * One case as a table; the last column says how many times faster the first line is, turn by turn.
 *
 * @param result - What was measured.
 */
export function formatResult({ suite, name, measurements }: CaseResult): string {
  const lines = measurements.map(({ name: who, medianMs, p99Ms, rowsPerSecond, gigabytesPerSecond, ratio, calls }) => [
    who,
    medianMs.toFixed(3),
    p99Ms.toFixed(3),
    String(calls),
    rowsPerSecond === undefined ? "" : (rowsPerSecond / 1e6).toFixed(2),
    gigabytesPerSecond === undefined ? "" : gigabytesPerSecond.toFixed(2),
    ratio ? formatRatio(ratio) : "",
  ]);
  const head = ["", "median ms", "p99 ms", "calls", "million rows/s", "GB/s", `times ${measurements[0]?.name ?? ""}'s`];
  return `${suite}: ${name}\n${formatTable([head, ...lines])}`;
}
