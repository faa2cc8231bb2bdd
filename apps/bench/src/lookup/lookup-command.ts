import { resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import type { InvalidIdPolicy } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { UsageError } from "../failure.ts";
import { formatCount, formatSeconds } from "../format.ts";
import { startProgress } from "../progress.ts";
import type { Surroundings } from "../terminal.ts";
import { IdReader } from "./read-ids.ts";
import { readTable } from "./read-table.ts";
import { runLookup } from "./run-lookup.ts";

const files = ["table", "ids", "out"] as const;

interface LookupOptions extends Readonly<Record<(typeof files)[number], string>> {
  readonly batch: number;
  readonly invalidIds: InvalidIdPolicy;
  readonly quiet?: boolean;
}

const examples = `
Examples:
  rowan lookup --table vectors.npy --ids ids.npy --out rows.npy
  rowan lookup --table vectors.npy --ids ids.npy --out rows.npy --invalid-ids zero --quiet

rows.npy is float32 of the shape of the ids with the length of a row behind it. It appears when it is complete:
a run that fails or is interrupted leaves what was there before.`;

/**
 * Makes `rowan lookup`.
 *
 * @param surroundings - Where it prints, and what ends it.
 */
export function lookupCommand({ stdout, stderr, signal }: Surroundings): Command {
  return new Command("lookup")
    .summary("look ids up in a table, from file to file")
    .description("Look the ids of a .npy file up in a table and write their rows to a .npy file.")
    .option("--table <file>", ".npy file of float32 or float64, shape (rows, dim)")
    .option("--ids <file>", ".npy file of integers (int8 to int64, uint8 to uint64), any shape")
    .option("--out <file>", ".npy file to write, float32")
    .option("--batch <ids>", "ids at a time; memory beside the table grows with it", parseCount, 1 << 15)
    .addOption(
      new Option("--invalid-ids <policy>", "what an id outside of the table gets").choices(["throw", "zero", "clip"]).default("throw"),
    )
    .option("--quiet", "print nothing but errors")
    .addHelpText("after", examples)
    .action(async (given: Partial<LookupOptions>) => {
      const options = requireFiles(given);
      const quiet = options.quiet === true;
      if ([options.table, options.ids].some((input) => resolve(input) === resolve(options.out))) {
        throw new UsageError(`--out must be another file than --table and --ids. Received: --out ${options.out}.`);
      }
      const ids = await IdReader.open(options.ids, options.batch);
      try {
        const table = await readTable(options.table, await createCpuBackend());
        const start = performance.now();
        const progress = startProgress(ids.reader.size, stderr, quiet);
        const rows = await runLookup({ ...options, table, ids, progress, signal }).finally(() => progress.stop());
        const took = (performance.now() - start) / 1000;
        if (!quiet)
          stdout.write(
            `${options.out}: ${formatCount(rows)} rows of ${table.outputDim} values in ${formatSeconds(took)}, ${formatCount(rows / took)} rows/s\n`,
          );
      } finally {
        await ids.reader.close();
      }
    });
}

/** Commander's own check comes before that of unknown options: after a slip like --tabel it would say that --table is missing. */
function requireFiles(options: Partial<LookupOptions>): LookupOptions {
  for (const name of files) if (options[name] === undefined) throw new UsageError(`required option '--${name} <file>' not specified`);
  return options as LookupOptions;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 1 << 24) throw new InvalidArgumentError(`It must be an integer from 1 to ${1 << 24}.`);
  return count;
}
