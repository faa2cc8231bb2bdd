import { resolve } from "node:path";
import { Command, Option } from "commander";
import { exportEndings, exportFormatOf, exportFormats, exportTable, saveCheckpoint } from "@rowan/serialize";
import { UsageError } from "../failure.ts";
import { checkOut } from "../files/check-out.ts";
import { writeOutStream } from "../files/out-stream.ts";
import { countOf } from "../format.ts";
import { openTable } from "../tables/open-table.ts";
import type { OpenedTable } from "../tables/open-table.ts";
import type { Surroundings } from "../terminal.ts";
import { untilInterrupted } from "../interruption/until-interrupted.ts";

interface ConvertOptions {
  readonly to?: Format;
  readonly tensor?: string;
  readonly skipBadLines?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

const formats = ["rowan", ...exportFormats] as const;
type Format = (typeof formats)[number];

const examples = `
Examples:
  rowan convert glove.6B.100d.txt vectors.rowan
  rowan convert vectors.rowan vectors.bin --json
  rowan convert model.safetensors words.txt.gz --tensor embeddings --to glove

The format that is read is recognised by its content, the one that is written by the ending: .rowan, .npy, .npz, .safetensors,
.w2v or .bin, .vec, .txt, each of another tool with .gz too.`;

/**
 * Makes `rowan convert`.
 *
 * @param surroundings - Where it prints.
 */
export function convertCommand({ stdout, signal }: Surroundings): Command {
  return new Command("convert")
    .summary("turn vectors of one format into another")
    .description("Turn a table with its words from one format into another.")
    .argument("<from>", "a checkpoint, or vectors of another tool")
    .argument("<to>", "the file to write")
    .addOption(new Option("--to <format>", "what to write; by the ending of the file when left out").choices(formats))
    .option("--tensor <name>", "which table, where the file holds several")
    .option("--skip-bad-lines", "count lines of a text that cannot be read, and go on")
    .option("--quiet", "print nothing but errors")
    .option("--json", "print the summary as JSON")
    .addHelpText("after", examples)
    .action(async (from: string, to: string, options: ConvertOptions) => {
      if (resolve(from) === resolve(to)) throw new UsageError(`the file to write must be another one. Received: ${to} twice.`);
      const { tensor, skipBadLines, quiet, json } = options;
      const written = chooseFormat(to, options.to);
      await checkOut(to);
      const start = performance.now();
      const opened = await untilInterrupted(
        openTable(from, { ...(tensor !== undefined && { tensor }), skipBadLines: skipBadLines === true }),
        signal,
      );
      const { table, badLines, format } = opened;
      const hasWords = await writeTable(opened, to, written, signal);
      if (json === true) {
        const seconds = (performance.now() - start) / 1000;
        const summary = { from, format, to, rows: table.inputDim, dim: table.outputDim, words: hasWords, badLines, seconds };
        stdout.write(`${JSON.stringify(summary)}\n`);
        return;
      }
      if (quiet === true) return;
      const passed = badLines > 0 ? `, ${countOf(badLines, "bad line", "bad lines")} passed over` : "";
      stdout.write(
        `${to}: ${countOf(table.inputDim, "row", "rows")} of ${countOf(table.outputDim, "value", "values")}${hasWords ? " with their words" : ""}${passed}\n`,
      );
    });
}

/** Formats in which a row without a word cannot be. */
const wordy: ReadonlySet<Format> = new Set(["word2vec", "word2vec-binary", "glove", "fasttext"]);

/** What is written to a file. */
function chooseFormat(to: string, given: Format | undefined): Format {
  const format = given ?? (/\.rowan(?:\.gz)?$/i.test(to) ? "rowan" : exportFormatOf(to));
  if (format === undefined) {
    throw new UsageError(
      `the file to write must end with .${["rowan", ...Object.keys(exportEndings)].join(", .")}. Received: ${to}. Name it so, or say with --to what it shall be: ${formats.join(", ")}.`,
    );
  }
  if (format === "rowan" && to.endsWith(".gz")) throw new UsageError(`a checkpoint cannot be packed. Received: ${to}. Leave the .gz out.`);
  return format;
}

/** Whether the words of the table are in the file, too. */
async function writeTable({ table, words }: OpenedTable, to: string, format: Format, signal: AbortSignal): Promise<boolean> {
  if (format === "rowan") {
    await writeOutStream(to, signal, (stream) => saveCheckpoint(table, stream, words === undefined ? {} : { vocabulary: words }));
    return words !== undefined;
  }
  const fitting = words?.length === table.inputDim && format !== "npy";
  if (!fitting && wordy.has(format)) {
    throw new UsageError(
      `${to} needs a word for each row. Received: ${words === undefined ? "a table without words" : `${countOf(words.length, "word", "words")} for ${countOf(table.inputDim, "row", "rows")}`}. Write .npy, .npz, .safetensors or .rowan.`,
    );
  }
  const options = { format, gzip: to.endsWith(".gz"), ...(fitting && { vocabulary: words }) };
  await writeOutStream(to, signal, (stream) => exportTable(table, stream, options));
  return fitting;
}
