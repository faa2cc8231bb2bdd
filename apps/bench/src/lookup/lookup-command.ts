import { stat } from "node:fs/promises";
import { Command, Option } from "commander";
import type { Backend, EmbeddingTable } from "@rowan/api";
import { parseId, parseThreads } from "../arguments.ts";
import { UsageError } from "../failure.ts";
import { checkOut } from "../files/check-out.ts";
import { claimOut } from "../files/claim-out.ts";
import { countOf, formatCount, formatSeconds } from "../format.ts";
import { idFormats, openIds } from "../ids/open-ids.ts";
import type { IdSource, Passed } from "../ids/id-source.ts";
import { startProgress } from "../progress.ts";
import { openTable } from "../tables/open-table.ts";
import type { OpenedTable } from "../tables/open-table.ts";
import type { Surroundings } from "../terminal.ts";
import { untilInterrupted } from "../interruption/until-interrupted.ts";
import { findWords } from "./find-words.ts";
import { checkLookupOptions, hasColumns, parseBatch } from "./lookup-options.ts";
import type { GivenOptions, LookupOptions } from "./lookup-options.ts";
import { backendNames, countThreads, openBackend } from "./open-backend.ts";
import { readTable } from "./read-table.ts";
import { JobState, markFile } from "./resume.ts";
import type { JobMarks } from "./resume.ts";
import { RowServer } from "./row-server.ts";
import { runLookup } from "./run-lookup.ts";
import type { LookupResult } from "./run-lookup.ts";

const examples = `
Examples:
  rowan lookup --table vectors.npy --ids ids.npy --out rows.npy
  rowan lookup --table vectors.npy --ids ids.npy --out rows.npy --resume --threads 4
  rowan lookup --table vectors.rowan --ids baskets.jsonl --mode mean --out means.parquet
  rowan lookup --table vectors.rowan --ids clicks.parquet --column items --weights scores --mode sum --out sums.arrow
  rowan lookup --table glove.txt --ids terms.csv --column term --words --unknown zero --out terms.npy
  echo "white whale" | rowan lookup --table vectors.rowan --words --mode mean --ids - --out -

Ids: .npy has one for each vector, of any shape, or with --mode a row of them for each; a text has one a line, or with --mode several, apart
by spaces or commas; .jsonl has numbers, words, arrays or objects with them; .csv, .parquet and .arrow have a column of them. Other endings
and - are read as text, where a line may also be JSON.

--weights is a column in .jsonl, .csv, .parquet and .arrow; beside .npy it is a .npy file of floats of the same shape, beside a text a text.

Vectors: rows.npy is float32 of the shape of the ids with the length of a row behind it; .parquet and .arrow have a column "vector", .jsonl
and standard output an array a line. A file appears when it is complete: a run that fails or is interrupted leaves what was there before.
With --resume it leaves rows.npy.part and rows.npy.resume beside it, and the same command goes on from there to the same bytes.`;

/**
 * Makes `rowan lookup`.
 *
 * @param surroundings - Where it prints, and what ends it.
 */
export function lookupCommand(surroundings: Surroundings): Command {
  return new Command("lookup")
    .summary("look ids up in a table, from file to file")
    .description("Look ids or words up in a table and write their rows, or one vector for several of them, to a file.")
    .option("--table <file>", ".npy file of float32 or float64, shape (rows, dim); a checkpoint, or vectors of another tool")
    .option("--checkpoint <file>", "the same as --table")
    .option("--tensor <name>", "which table, where the file holds several")
    .option("--ids <file>", "ids or words: .npy, .csv, .txt, .jsonl, .parquet, .arrow; - is standard input")
    .addOption(new Option("--ids-format <format>", "what --ids is; by its ending when left out").choices(idFormats))
    .option("--column <name>", "which column of --ids, where it has several; a number in a .csv without names")
    .option("--words", "--ids holds words of the table instead of ids")
    .addOption(
      new Option(
        "--unknown <policy>",
        "what a word that the table does not have gets: zero is a row of zeros, unk the row of [UNK] or <unk>",
      )
        .choices(["throw", "zero", "unk"])
        .default("throw"),
    )
    .addOption(new Option("--mode <mode>", "one vector for several ids").choices(["sum", "mean", "max", "sqrtn"]))
    .option("--weights <column|file>", "a factor for each id, with --mode sum, mean or sqrtn")
    .option("--padding <id>", "this id takes no part, with --mode", parseId)
    .option("--out <file>", "what to write: .npy, .parquet, .arrow or .jsonl; - is standard output")
    .option("--skip-bad-lines", "count lines that cannot be read, and go on")
    .addOption(
      new Option("--invalid-ids <policy>", "what an id outside of the table gets").choices(["throw", "zero", "clip"]).default("throw"),
    )
    .addOption(
      new Option("--backend <name>", "where the table lives; auto measures which one is fastest").choices(backendNames).default("cpu"),
    )
    .option("--threads <n>", "threads that look up; as many as there are cores where the work is large", parseThreads)
    .option("--batch <n>", "vectors at a time; memory beside the table grows with it", parseBatch, 1 << 15)
    .option("--resume", "keep what is done when it ends early, and go on with it")
    .option("--quiet", "print nothing but errors")
    .option("--json", "print the summary as JSON")
    .addHelpText("after", examples)
    .action(async (given: GivenOptions) => {
      await lookUp(checkLookupOptions(given), surroundings);
    });
}

async function lookUp(options: LookupOptions, surroundings: Surroundings): Promise<void> {
  // What can be found wrong at once is not found behind a large table.
  if (options.ids !== "-") await stat(options.ids);
  if (options.out !== "-") await checkOut(options.out);
  if (options.resume === true) await refusePipe(options.out);
  const marks = options.resume === true ? await markJob(options) : undefined;
  const giveBack = marks && (await claimOut(options.out));
  try {
    await lookUpBy(options, marks, surroundings);
  } finally {
    await giveBack?.();
  }
}

/** What went into a pipe or a device is not there any more to go on with. */
async function refusePipe(out: string): Promise<void> {
  const there = await stat(out).catch(() => undefined);
  if (there?.isFile() === false) throw new UsageError(`--resume needs files. Received: --out ${out}, which is none. Leave --resume out.`);
}

async function lookUpBy(options: LookupOptions, marks: JobMarks | undefined, surroundings: Surroundings): Promise<void> {
  const start = performance.now();
  // What an earlier run left is begun anew.
  if (marks === undefined && options.out !== "-") await new JobState(options.out, {}).clear();
  const backend = await openBackend(options.backend, options.batch);
  const { table, words } = await untilInterrupted(openAnyTable(options, backend), surroundings.signal);
  try {
    const ids = await openSource(options, words, surroundings.signal);
    try {
      await runJob({ options, table, ids, marks: marks && { ...marks, backend: backend.name }, start }, surroundings);
    } finally {
      await ids.close();
    }
  } finally {
    table.dispose();
    backend.dispose();
  }
}

interface Job {
  readonly options: LookupOptions;
  readonly table: EmbeddingTable;
  readonly ids: IdSource;
  readonly marks: JobMarks | undefined;
  readonly start: number;
}

async function runJob({ options, table, ids, marks, start }: Job, { stdout, stderr, signal }: Surroundings): Promise<void> {
  const { mode, padding, out } = options;
  const toStdout = out === "-";
  const quiet = options.quiet === true;
  const bytes = ids.total === undefined ? undefined : ids.total * table.outputDim * 4;
  const server = await RowServer.start(table, {
    mode,
    padding,
    // A word alone that is not known gets zeros: it has an id that no table has.
    invalidIds: options.words === true ? "zero" : options.invalidIds,
    threads: countThreads(options.threads, table.backend, bytes),
  });
  try {
    const began = performance.now();
    const progress = startProgress(ids.total, stderr, quiet || options.json === true, "looking up", mode === undefined ? "rows" : "bags");
    const result = await runLookup({
      ids,
      server,
      out: { path: out, labelled: false, stdout },
      state: marks && new JobState(out, marks),
      countsInvalid: options.ids !== "-",
      progress,
      signal,
    }).finally(() => progress.stop());
    const now = performance.now();
    const { passed } = ids;
    const report = { result, passed, seconds: (now - began) / 1000, wholeSeconds: (now - start) / 1000 };
    // Vectors on standard output are not mixed with a summary.
    if (options.json === true) (toStdout ? stderr : stdout).write(`${JSON.stringify(summary(options, table, server, report))}\n`);
    else if (!quiet) printSummary(options, table, report, { stdout, stderr });
  } finally {
    await server.close();
  }
}

interface Report {
  readonly result: LookupResult;
  readonly passed: Passed;
  /** Of the lookup alone. */
  readonly seconds: number;
  /** With the table's reading. */
  readonly wholeSeconds: number;
}

function summary({ out, mode }: LookupOptions, table: EmbeddingTable, { threads }: RowServer, report: Report): Record<string, unknown> {
  const { result, passed, seconds, wholeSeconds } = report;
  return {
    out,
    rows: result.rows,
    dim: table.outputDim,
    mode: mode ?? null,
    resumedFrom: result.resumedFrom,
    badLines: passed.badLines,
    firstBadLines: passed.firstBad,
    unknownWords: passed.unknownWords,
    backend: table.backend.name,
    threads: Math.max(1, threads),
    seconds,
    wholeSeconds,
    // Resident, in bytes; the system counts in kibibytes.
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    rowsPerSecond: (result.rows - result.resumedFrom) / Math.max(seconds, 1e-9),
  };
}

function printSummary(
  { out }: LookupOptions,
  table: EmbeddingTable,
  report: Report,
  { stdout, stderr }: Pick<Surroundings, "stdout" | "stderr">,
): void {
  const { result, passed, seconds } = report;
  const { badLines, firstBad, unknownWords } = passed;
  if (badLines > 0) stderr.write(`${countOf(badLines, "bad line was", "bad lines were")} passed over, the first: ${firstBad[0] ?? ""}\n`);
  if (unknownWords > 0) stderr.write(`${countOf(unknownWords, "word is", "words are")} not in the table\n`);
  if (out === "-") return;
  const done = result.rows - result.resumedFrom;
  const before = result.resumedFrom > 0 ? `, ${formatCount(result.resumedFrom)} of them by an earlier run,` : "";
  stdout.write(
    `${out}: ${formatCount(result.rows)} rows of ${table.outputDim} values${before} in ${formatSeconds(seconds)}, ${formatCount(done / Math.max(seconds, 1e-9))} rows/s\n`,
  );
}

/** A `.npy` file piece by piece, as it may be large; another file by what serialize knows. */
async function openAnyTable({ table: path, tensor }: LookupOptions, backend: Backend): Promise<Pick<OpenedTable, "table" | "words">> {
  if (path.endsWith(".npy")) return { table: await readTable(path, backend), words: undefined };
  return openTable(path, { backend, ...(tensor !== undefined && { tensor }) });
}

async function openSource(options: LookupOptions, words: readonly string[] | undefined, signal: AbortSignal): Promise<IdSource> {
  const { ids: path, unknown, mode, column, weights, batch, idsFormat: format } = options;
  const found = options.words === true ? findWords(words, unknown, options.table) : undefined;
  return openIds({
    path,
    format,
    column,
    weights,
    rules: {
      words: found?.words,
      unkId: found?.unkId,
      unknown,
      isBag: mode !== undefined,
      unknownRemedy: "Pass --unknown zero or --unknown unk for words that it does not have.",
    },
    size: batch,
    skipBad: options.skipBadLines === true,
    signal,
  });
}

/** What must be the same for a job to be gone on with. Threads may differ: they do not change a bit. */
async function markJob(options: LookupOptions): Promise<JobMarks> {
  const { table, ids, weights, idsFormat } = options;
  return {
    "--table": await markFile(table),
    "--ids": await markFile(ids),
    "--weights": weights === undefined || hasColumns(ids, idsFormat) ? (weights ?? null) : await markFile(weights),
    "--tensor": options.tensor ?? null,
    "--ids-format": idsFormat ?? null,
    "--column": options.column ?? null,
    "--words": options.words === true,
    "--unknown": options.unknown,
    "--mode": options.mode ?? null,
    "--padding": options.padding ?? null,
    "--skip-bad-lines": options.skipBadLines === true,
    "--invalid-ids": options.invalidIds,
    "--batch": options.batch,
  };
}
