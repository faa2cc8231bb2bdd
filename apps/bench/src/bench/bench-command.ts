import { writeFile } from "node:fs/promises";
import { Command, InvalidArgumentError } from "commander";
import type { Surroundings } from "../terminal.ts";
import { lookupCases } from "./cases.ts";
import type { Report } from "./report.ts";
import { opponents, runBench } from "./run-bench.ts";
import type { Opponent } from "./run-bench.ts";

interface BenchOptions {
  readonly json?: string;
  readonly against: readonly Opponent[];
  readonly quick?: boolean;
}

const examples = `
Examples:
  rowan bench lookup
  rowan bench lookup --against tfjs --json report.json
  rowan bench lookup --quick

js is a loop of set(subarray), tfjs is TensorFlow.js on its WASM and its CPU backend.`;

/**
 * Makes `rowan bench`.
 *
 * @param surroundings - Where it prints, and what ends it.
 */
export function benchCommand(surroundings: Surroundings): Command {
  const lookup = new Command("lookup")
    .summary("how fast rows are looked up")
    .description("Time lookups on the CPU backend, and beside it what else can look rows up.")
    .option("--against <names>", `what to compare with, of ${opponents.join(", ")}`, parseOpponents, [...opponents])
    .option("--json <file>", "write the results and the machine to a file, too")
    .option("--quick", "fewer calls: quicker, and less sure")
    .addHelpText("after", examples)
    .action(async (options: BenchOptions) => {
      const report = await runBench(lookupCases, options.against, options.quick === true ? 0.2 : 2, surroundings);
      if (options.json !== undefined) await writeReport(options.json, report);
    });
  return new Command("bench")
    .summary("time this machine")
    .description("Time what Rowan does on this machine.")
    .addCommand(lookup, { isDefault: true });
}

/**
 * Writes a report as JSON.
 *
 * @param path - The file.
 * @param report - What a benchmark found.
 */
export async function writeReport(path: string, report: Report): Promise<void> {
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
}

function parseOpponents(text: string): Opponent[] {
  return text.split(",").map((name) => {
    const known = opponents.find((opponent) => opponent === name.trim());
    if (known === undefined) throw new InvalidArgumentError(`It must be of ${opponents.join(", ")}, separated by commas.`);
    return known;
  });
}
