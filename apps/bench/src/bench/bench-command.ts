import { Command, InvalidArgumentError } from "commander";
import { UsageError } from "../failure.ts";
import type { Surroundings } from "../terminal.ts";
import { batchCommand } from "./batch/batch-command.ts";
import { suites } from "./bench-case.ts";
import type { Suite } from "./bench-case.ts";
import { peerNames } from "./contender.ts";
import type { PeerName } from "./contender.ts";
import { checkOut } from "../files/check-out.ts";
import { saveWhole } from "../files/save-whole.ts";
import { compareReports, formatChanges } from "./changes.ts";
import type { Changes } from "./changes.ts";
import { formatMarkdown, replaceBetweenMarks } from "./markdown.ts";
import { efforts } from "./measure.ts";
import { mergeReports } from "./merge-reports.ts";
import { readReport } from "./read-report.ts";
import type { Report } from "./report.ts";
import { runBench } from "./run-bench.ts";
import { selectCommand } from "./select/select-command.ts";
import { listCases } from "./suites/index.ts";

interface BenchOptions {
  readonly json?: string;
  readonly markdown?: string;
  readonly html?: string;
  readonly compare?: string;
  readonly against: readonly PeerName[];
  readonly only?: string;
  readonly turns?: number;
  readonly quick?: boolean;
}

const summaries: Readonly<Record<Suite | "all", string>> = {
  lookup: "rows of many ids",
  bag: "bags of 16 ids, summed and averaged",
  train: "training steps, and how they grow with the table",
  neighbours: "the nearest rows of one query",
  checkpoint: "a table of 2 GiB to a file and back, and rows out of it",
  pool: "lookups and training steps on two threads against one",
  engines: "training steps and gathers on the engines of TensorFlow.js",
  words: "word vectors: speed on one thread and two, and how good they are",
  size: "bytes that npm install puts on the disk",
  start: "import, build the tutorial's model, predict, in a new process",
  all: "all of them; takes about half an hour and 10 GB of memory",
};

const examples = `
Examples:
  rowan bench lookup
  rowan bench train --against torch,c --only "V = 1M" --json train.json
  rowan bench all --json all.json --markdown docs/performance.md
  rowan bench report all.json train.json --markdown docs/performance.md
  rowan bench lookup bag --json new.json --html new.html --compare old.json

js is a loop of set(subarray), tfjs is TensorFlow.js on its WASM and its CPU backend, c is the ceiling: C with prefetch.
What is not installed is named, with what adds it.`;

/**
 * Makes `rowan bench`.
 *
 * @param surroundings - Where it prints, and what ends it.
 */
export function benchCommand(surroundings: Surroundings): Command {
  const bench = new Command("bench")
    .summary("time this machine")
    .description("Time what Rowan does on this machine, and in turns with it what else does the same.")
    .addHelpText("after", examples);
  for (const suite of [...suites, "all"] as const) {
    bench.addCommand(suiteCommand(suite, surroundings), { isDefault: suite === "lookup" });
  }
  return bench.addCommand(batchCommand(surroundings)).addCommand(selectCommand(surroundings)).addCommand(reportCommand(surroundings));
}

function suiteCommand(name: Suite | "all", surroundings: Surroundings): Command {
  return new Command(name)
    .summary(summaries[name])
    .argument("[suites...]", "further suites, run with it")
    .description(`Time ${summaries[name]}.`)
    .option("--against <names>", `what to compare with, of ${peerNames.join(", ")}`, parsePeers, [...peerNames])
    .option("--only <text>", "measure only cases whose names contain this")
    .option("--turns <n>", "how often everybody has a turn", parseTurns)
    .option("--json <file>", "write the results and the machine to a file, too, after each case")
    .option("--html <file>", "write a page with charts, too")
    .option("--compare <file>", "say what has become faster or slower since a report that --json wrote")
    .option("--markdown <file>", "put the tables between the marks of a Markdown file, too")
    .option("--quick", "tiny sizes: whether everything runs, not how fast")
    .addHelpText("after", examples)
    .action(async (more: readonly string[], options: BenchOptions) => {
      const scale = options.quick === true ? "quick" : "full";
      for (const path of [options.json, options.html]) if (path !== undefined) await checkOut(path);
      const before = options.compare === undefined ? undefined : await readReport(options.compare);
      const cases = listCases(chooseSuites([name, ...more]), scale, options.only);
      if (cases.length === 0) throw new UsageError(`--only must be a part of a case's name. Received: --only ${options.only ?? ""}.`);
      const effort = { ...efforts[scale], ...(options.turns !== undefined && { turns: options.turns }) };
      const { against, json, markdown, html } = options;
      const keep = (report: Report): Promise<void> => save(report, { ...(json !== undefined && { json }) });
      const report = await runBench({ cases, against, scale, effort, keep }, surroundings);
      const changes = before && compareReports(before, report);
      if (changes) surroundings.stdout.write(`\n${formatChanges(changes)}`);
      await save(report, { ...(markdown !== undefined && { markdown }), ...(html !== undefined && { html }), ...(changes && { changes }) });
    });
}

function reportCommand({ stdout }: Surroundings): Command {
  return new Command("report")
    .summary("tables from files that --json wrote")
    .description("Put results together that --json wrote; of cases that are in several files the last one counts.")
    .argument("<files...>", "what --json wrote")
    .option("--json <file>", "write them to one file, too")
    .option("--markdown <file>", "put the tables between the marks of a Markdown file")
    .option("--html <file>", "write a page with charts")
    .option("--compare <file>", "say what has become faster or slower since another such file")
    .action(async (files: readonly string[], options: Pick<BenchOptions, "json" | "markdown" | "html" | "compare">) => {
      const report = mergeReports(await Promise.all(files.map(readReport)));
      const changes = options.compare === undefined ? undefined : compareReports(await readReport(options.compare), report);
      if (changes) stdout.write(formatChanges(changes));
      else if (options.markdown === undefined && options.html === undefined) stdout.write(formatMarkdown(report));
      await save(report, { ...options, ...(changes && { changes }) });
    });
}

/** Suites by their names; `all` is every one of them. */
function chooseSuites(names: readonly string[]): Suite[] {
  return suites.filter((suite) => {
    const unknown = names.find((name) => name !== "all" && !suites.some((known) => known === name));
    if (unknown !== undefined) throw new UsageError(`a suite must be one of ${suites.join(", ")}, all. Received: ${unknown}.`);
    return names.includes("all") || names.includes(suite);
  });
}

interface Outputs extends Pick<BenchOptions, "json" | "markdown" | "html"> {
  readonly changes?: Changes;
}

async function save(report: Report, { json, markdown, html, changes }: Outputs): Promise<void> {
  if (json !== undefined) await saveWhole(json, `${JSON.stringify(report, null, 2)}\n`);
  // The charts' library is loaded by those who ask for a page.
  if (html !== undefined) await saveWhole(html, (await import("./html/report-page.ts")).formatReportPage(report, changes));
  if (markdown !== undefined) await replaceBetweenMarks(markdown, formatMarkdown(report));
}

function parsePeers(text: string): PeerName[] {
  return text.split(",").map((name) => {
    const known = peerNames.find((peer) => peer === name.trim());
    if (known === undefined) throw new InvalidArgumentError(`It must be of ${peerNames.join(", ")}, separated by commas.`);
    return known;
  });
}

function parseTurns(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("It must be a positive integer.");
  return Number(text);
}
