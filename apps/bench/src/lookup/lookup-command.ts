import { resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import type { InvalidIdPolicy } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { UsageError } from "../failure.ts";
import { formatCount, formatSeconds } from "../format.ts";
import { startProgress } from "../progress.ts";
import type { Surroundings } from "../terminal.ts";
import { IdReader } from "./read-ids.ts";
import { openTable } from "../tables/open-table.ts";
import type { OpenedTable } from "../tables/open-table.ts";
import { readTable } from "./read-table.ts";
import { runLookup } from "./run-lookup.ts";
import { runTextLookup } from "./text-lookup.ts";
import type { BagMode } from "./text-lookup.ts";

const files = ["table", "ids", "out"] as const;

interface LookupOptions extends Readonly<Record<(typeof files)[number], string>> {
  readonly batch: number;
  readonly invalidIds: InvalidIdPolicy;
  readonly quiet?: boolean;
  readonly checkpoint?: string;
  readonly tensor?: string;
  readonly mode?: BagMode;
  readonly words?: boolean;
  readonly skipBadLines?: boolean;
}

const examples = `
Examples:
  rowan lookup --table vectors.npy --ids ids.npy --out rows.npy
  rowan lookup --table vectors.npy --ids ids.npy --out rows.npy --invalid-ids zero --quiet
  rowan lookup --checkpoint vectors.rowan --ids baskets.jsonl --mode mean --out means.npy
  echo "white whale" | rowan lookup --checkpoint vectors.rowan --words --mode mean --ids - --out -

A text has an id a line, or a word with --words; with --mode a line has several, apart by spaces or commas, or as a JSON array.

rows.npy is float32 of the shape of the ids with the length of a row behind it; a .jsonl file has an array a line. It appears when it is complete:
a run that fails or is interrupted leaves what was there before.`;

/**
 * Makes `rowan lookup`.
 *
 * @param surroundings - Where it prints, and what ends it.
 */
export function lookupCommand({ stdout, stderr, signal }: Surroundings): Command {
  return new Command("lookup")
    .summary("look ids up in a table, from file to file")
    .description("Look ids or words up in a table and write their rows, or the means of several, to a file.")
    .option("--table <file>", ".npy file of float32 or float64, shape (rows, dim); a checkpoint, or vectors of another tool")
    .option("--checkpoint <file>", "the same as --table")
    .option("--tensor <name>", "which table, where the file holds several")
    .option(
      "--ids <file>",
      ".npy file of integers (int8 to int64, uint8 to uint64), any shape; another file is read as text; - is standard input",
    )
    .option("--out <file>", ".npy file to write, float32; or .jsonl; - is standard output")
    .addOption(
      new Option("--mode <mode>", "one vector for each line of a text, of all of its ids").choices(["mean", "sum", "sqrtn", "max"]),
    )
    .option("--words", "the text holds words of the table instead of ids")
    .option("--skip-bad-lines", "count lines of a text that cannot be read, and go on")
    .option("--batch <ids>", "ids at a time; memory beside the table grows with it", parseCount, 1 << 15)
    .addOption(
      new Option("--invalid-ids <policy>", "what an id outside of the table gets").choices(["throw", "zero", "clip"]).default("throw"),
    )
    .option("--quiet", "print nothing but errors")
    .addHelpText("after", examples)
    .action(async (given: Partial<LookupOptions>) => {
      const { checkpoint } = given;
      if (checkpoint !== undefined && given.table !== undefined) throw new UsageError("--table and --checkpoint cannot be used together.");
      const options = requireFiles(checkpoint === undefined ? given : { ...given, table: checkpoint });
      const quiet = options.quiet === true;
      if ([options.table, options.ids].some((input) => resolve(input) === resolve(options.out))) {
        throw new UsageError(`--out must be another file than --table and --ids. Received: --out ${options.out}.`);
      }
      if (!options.ids.endsWith(".npy")) {
        await lookUpText(options, { stdout, stderr, signal });
        return;
      }
      if (options.mode !== undefined || options.words === true || /^-$|\.(jsonl|ndjson)$/.test(options.out)) {
        throw new UsageError("--mode, --words and outputs other than .npy need ids in a text. Received: --ids " + options.ids + ".");
      }
      const ids = await IdReader.open(options.ids, options.batch);
      try {
        const { table } = await openAnyTable(options);
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

/** A `.npy` file piece by piece, as it may be large; another file by what serialize knows. */
async function openAnyTable({ table: path, tensor }: LookupOptions): Promise<Pick<OpenedTable, "table" | "words">> {
  if (path.endsWith(".npy")) return { table: await readTable(path, await createCpuBackend()), words: undefined };
  return openTable(path, tensor === undefined ? {} : { tensor });
}

async function lookUpText(options: LookupOptions, { stdout, stderr, signal }: Surroundings): Promise<void> {
  if (!/\.(npy|jsonl|ndjson)$/.test(options.out) && options.out !== "-") {
    throw new UsageError(`--out must end with .npy or .jsonl, or be -. Received: --out ${options.out}.`);
  }
  const { table, words } = await openAnyTable(options);
  const quiet = options.quiet === true || options.out === "-";
  const start = performance.now();
  const { rows, badLines } = await runTextLookup({
    table,
    words,
    ids: options.ids,
    out: options.out,
    batch: options.batch,
    invalidIds: options.invalidIds,
    mode: options.mode,
    byWord: options.words === true,
    skipBadLines: options.skipBadLines === true,
    // How many lines there are is known at the end alone.
    progress: { update: () => undefined, stop: () => undefined },
    stdout,
    signal,
  });
  const took = (performance.now() - start) / 1000;
  if (badLines > 0 && options.quiet !== true) stderr.write(`${formatCount(badLines)} bad lines were passed over\n`);
  if (!quiet)
    stdout.write(
      `${options.out}: ${formatCount(rows)} rows of ${table.outputDim} values in ${formatSeconds(took)}, ${formatCount(rows / took)} rows/s\n`,
    );
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
