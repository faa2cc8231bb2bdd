import { availableParallelism, cpus, totalmem } from "node:os";
import { formatCount, formatTable } from "../format.ts";
import type { BenchCase } from "./cases.ts";
import type { Missing } from "./contender.ts";
import type { Measurement } from "./measure.ts";

/** What a benchmark found. */
export interface Report {
  readonly benchmark: "lookup";
  readonly date: string;
  readonly machine: {
    readonly processor: string;
    readonly threads: number;
    readonly memoryBytes: number;
    readonly platform: string;
    readonly node: string;
  };
  readonly results: readonly { readonly size: BenchCase; readonly measurements: readonly Measurement[] }[];
  readonly missing: readonly Missing[];
}

/** The machine that this runs on. */
export function describeMachine(): Report["machine"] {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    threads: availableParallelism(),
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
  };
}

/**
 * One size as a table; the last column says how many times faster Rowan's first line is.
 *
 * @param size - The table and the batch.
 * @param measurements - Rowan first.
 */
export function formatResult({ rows, dim, batch }: BenchCase, measurements: readonly Measurement[]): string {
  const first = measurements[0];
  const lines = measurements.map((one) => [
    one.name,
    one.medianMs.toFixed(3),
    one.p99Ms.toFixed(3),
    (one.rowsPerSecond / 1e6).toFixed(1),
    one.gigabytesPerSecond.toFixed(2),
    first ? `${(first.rowsPerSecond / one.rowsPerSecond).toFixed(1)}x` : "",
  ]);
  const head = ["", "median ms", "p99 ms", "million rows/s", "GB/s", "Rowan is"];
  return `${formatCount(rows)} x ${dim}, ${formatCount(batch)} ids a call\n${formatTable([head, ...lines])}`;
}
