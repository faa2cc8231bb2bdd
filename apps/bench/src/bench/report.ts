import { formatCount, formatTable } from "../format.ts";
import type { BenchCase, Scale, Score, Suite } from "./bench-case.ts";
import type { Missing } from "./contender.ts";
import type { Machine } from "./machine.ts";
import type { Measurement } from "./measure.ts";
import type { Spread } from "./statistics.ts";

/** One case and how long everybody took. */
export interface CaseResult {
  readonly suite: Suite;
  readonly name: string;
  readonly rows?: number;
  readonly bytes?: number;
  /** What is counted instead of rows. */
  readonly unit?: string;
  readonly measurements: readonly Measurement[];
  readonly scores?: readonly Score[];
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
export function caseResult(
  { suite, name, rows, bytes, unit }: Omit<BenchCase, "open">,
  measurements: readonly Measurement[],
  scores: readonly Score[] = [],
): CaseResult {
  return {
    ...{ suite, name, measurements },
    ...(rows !== undefined && { rows }),
    ...(bytes !== undefined && { bytes }),
    ...(unit !== undefined && { unit }),
    ...(scores.length > 0 && { scores }),
  };
}

/**
 * A score with its spread: `55.3 % (55.1 to 55.6 of 9)`, or a number of bytes.
 *
 * @param score - Which.
 */
export function formatScore({ values, unit }: Score): string {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[0] ?? NaN, sorted.at(-1) ?? NaN];
  if (unit === "bytes") return `${formatCount(low)} bytes`;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const say = (share: number): string => (100 * share).toFixed(1);
  return `${say(mean)} %${sorted.length > 1 ? ` (${say(low)} to ${say(high)} of ${sorted.length})` : ""}`;
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
 * A median with its spread: `20 ms (18 to 25 ms)`.
 *
 * @param spread - Of turns.
 * @param say - Writes a number.
 */
export function formatSpread({ median, low, high }: Spread, say: (value: number) => string): string {
  return `${say(median)} (${say(low)} to ${say(high)})`;
}

/**
 * A ratio with its spread: `1.24x (1.10 to 1.31)`.
 *
 * @param ratio - Of pairs.
 */
export function formatRatio({ median, low, high }: Spread): string {
  return `${digits(median)}x (${digits(low)} to ${digits(high)})`;
}

/**
 * A number with about three digits; of a small one two.
 *
 * @param value - Positive.
 */
export function digits(value: number): string {
  return value >= 100
    ? value.toFixed(0)
    : value >= 10
      ? value.toFixed(1)
      : value >= 0.1 || value === 0
        ? value.toFixed(2)
        : value.toPrecision(2);
}

/**
 * One case as a table; the last column says how many times faster the first line is, turn by turn.
 *
 * @param result - What was measured.
 */
export function formatResult({ suite, name, measurements, unit = "rows", scores = [] }: CaseResult): string {
  const lines = measurements.map(({ name: who, medianMs, p99Ms, rowsPerSecond, gigabytesPerSecond, ratio, calls }) => [
    who,
    medianMs.toFixed(3),
    p99Ms.toFixed(3),
    String(calls),
    rowsPerSecond === undefined ? "" : (rowsPerSecond / 1e6).toFixed(2),
    gigabytesPerSecond === undefined ? "" : gigabytesPerSecond.toFixed(2),
    ratio ? formatRatio(ratio) : "",
  ]);
  const head = ["", "median ms", "p99 ms", "calls", `million ${unit}/s`, "GB/s", `times ${measurements[0]?.name ?? ""}'s`];
  const times = measurements.length === 0 ? "" : formatTable([head, ...lines]);
  const found = scores.length === 0 ? "" : formatTable(scores.map((score) => [score.name, formatScore(score)]));
  const memory = formatMemory(measurements);
  return `${suite}: ${name}\n${times}${found}${memory === undefined ? "" : `${memory}\n`}`;
}

/**
 * What calls take beside their tables, in a line.
 *
 * @param measurements - Of a case.
 * @returns Undefined where nobody's memory was measured.
 */
export function formatMemory(measurements: readonly Measurement[]): string | undefined {
  const each = measurements.flatMap(({ name, memoryBytes }) =>
    memoryBytes === undefined ? [] : [`${name} ${(memoryBytes / 2 ** 20).toFixed(1)} MiB`],
  );
  return each.length === 0 ? undefined : `memory beside the table, at most: ${each.join(", ")}`;
}
