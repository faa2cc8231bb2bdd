import { resolve } from "node:path";
import { Command, Option } from "commander";
import { FileError, UsageError } from "../failure.ts";
import { checkOut } from "../files/check-out.ts";
import { openText } from "../files/text-lines.ts";
import { formatOf } from "../files/vector-sink.ts";
import { countOf, formatCount, formatSeconds } from "../format.ts";
import { CellReader } from "../ids/cell-reader.ts";
import type { UnknownPolicy } from "../ids/cell-reader.ts";
import { CellSource } from "../ids/cell-source.ts";
import { findWords } from "../lookup/find-words.ts";
import { RowServer } from "../lookup/row-server.ts";
import type { BagMode } from "../lookup/row-server.ts";
import { runLookup } from "../lookup/run-lookup.ts";
import { startProgress } from "../progress.ts";
import { openTable } from "../tables/open-table.ts";
import type { Surroundings } from "../terminal.ts";
import { untilInterrupted } from "../interruption/until-interrupted.ts";
import { givenTexts, lineTexts } from "./text-cells.ts";

interface EncodeOptions {
  readonly text?: readonly string[];
  readonly in?: string;
  readonly out: string;
  readonly mode: BagMode;
  readonly tensor?: string;
  readonly unknown: "skip" | "throw" | "unk";
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Texts that are encoded together. */
const batchTexts = 4096;

const examples = `
Examples:
  rowan encode vectors.rowan --text "call me ishmael"
  rowan encode vectors.rowan --in sentences.txt --out sentences.npy
  rowan encode vectors.rowan --in sentences.txt --out sentences.parquet --mode sum --json
  cat sentences.txt | rowan encode vectors.rowan > sentences.jsonl

A line is a text; its vector is the mean of the vectors of its words. Without --out, a line of JSON for each text is printed; .jsonl, .parquet
and .arrow hold the texts beside their vectors, too. Memory does not grow with the number of texts. One thread works: splitting texts and
finding their words takes nearly all of the time, which no pool of lookups would shorten.`;

/**
 * Makes `rowan encode`.
 *
 * @param surroundings - Where it prints, and what ends it.
 */
export function encodeCommand(surroundings: Surroundings): Command {
  return new Command("encode")
    .summary("turn texts into vectors by the words of a table")
    .description("Turn texts into vectors: those of their words, averaged.")
    .argument("<table>", "a checkpoint or a file of another tool, with words")
    .option("--text <text...>", "texts to encode")
    .option("--in <file>", "a file with a text a line; standard input when left out")
    .option("--out <file>", "what to write: .npy (float32 of shape (texts, dim)), .parquet, .arrow or .jsonl; - is standard output", "-")
    .addOption(new Option("--mode <mode>", "how the vectors of words become one").choices(["mean", "sum", "sqrtn", "max"]).default("mean"))
    .addOption(
      new Option("--unknown <policy>", "what happens to words that the table does not have; unk: they get the row of [UNK] or <unk>")
        .choices(["skip", "throw", "unk"])
        .default("skip"),
    )
    .option("--tensor <name>", "which table, where the file holds several")
    .option("--quiet", "print nothing but results and errors")
    .option("--json", "print the summary as JSON")
    .addHelpText("after", examples)
    .action(async (path: string, given: EncodeOptions) => {
      if (given.text !== undefined && given.in !== undefined) throw new UsageError("--text and --in cannot be used together.");
      formatOf(given.out);
      if (given.out !== "-" && [path, given.in].some((input) => input !== undefined && resolve(input) === resolve(given.out))) {
        throw new UsageError(`--out must be another file than what is read. Received: --out ${given.out}.`);
      }
      if (given.out !== "-") await checkOut(given.out);
      await encode(path, given, surroundings);
    });
}

async function encode(path: string, options: EncodeOptions, { stdout, stderr, signal }: Surroundings): Promise<void> {
  const { out, mode, json, text, tensor } = options;
  const quiet = options.quiet === true;
  const { table, words } = await untilInterrupted(openTable(path, tensor === undefined ? {} : { tensor }), signal);
  if (words === undefined) throw new FileError(`${path} must have words. Received: a table without them.`);
  // A word that is passed over takes no part in its text.
  const unknown: UnknownPolicy = options.unknown === "skip" ? "zero" : options.unknown;
  const rules = { ...findWords(words, unknown, path), unknown, isBag: true, unknownRemedy: "Pass --unknown skip to pass over such words." };
  const input = text === undefined ? lineTexts(await openText(options.in ?? "-", signal)) : givenTexts(text);
  const texts = new CellSource(input, new CellReader(rules), { size: batchTexts, skipBad: false, skipRemedy: "" });
  const server = await RowServer.start(table, { mode, padding: undefined, invalidIds: "throw", threads: 0 });
  const start = performance.now();
  try {
    const progress = startProgress(texts.total, stderr, quiet || json === true || out === "-", "encoding", "texts");
    const { rows } = await runLookup({
      ids: texts,
      server,
      out: { path: out, labelled: true, stdout },
      state: undefined,
      countsInvalid: false,
      progress,
      signal,
    }).finally(() => progress.stop());
    const seconds = (performance.now() - start) / 1000;
    const { unknownWords } = texts.passed;
    if (json === true) {
      const summary = {
        out,
        texts: rows,
        dim: table.outputDim,
        mode,
        unknownWords,
        seconds,
        textsPerSecond: rows / Math.max(seconds, 1e-9),
      };
      (out === "-" ? stderr : stdout).write(`${JSON.stringify(summary)}\n`);
    } else if (!quiet) {
      if (unknownWords > 0) {
        const fate = options.unknown === "unk" ? "got the row of unknown words" : "passed over";
        stderr.write(`${countOf(unknownWords, "word is", "words are")} not in the table: ${fate}\n`);
      }
      if (out !== "-") stdout.write(`${out}: ${formatCount(rows)} texts, ${table.outputDim} values each, in ${formatSeconds(seconds)}\n`);
    }
  } finally {
    await server.close();
    await texts.close();
    table.dispose();
  }
}
