import { resolve } from "node:path";
import { Command, Option } from "commander";
import { exportTable, saveCheckpoint } from "@rowan/serialize";
import type { ExportFormat } from "@rowan/serialize";
import type { RowSource } from "@rowan/api";
import { InterruptedError, UsageError } from "../failure.ts";
import { createOutFile } from "../files/out-file.ts";
import { formatCount } from "../format.ts";
import { openTable } from "../tables/open-table.ts";
import type { OpenedTable } from "../tables/open-table.ts";
import type { Surroundings } from "../terminal.ts";
import { untilInterrupted } from "../until-interrupted.ts";

interface ConvertOptions {
  readonly to?: ExportFormat | "rowan";
  readonly tensor?: string;
  readonly skipBadLines?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

const formats = ["rowan", "npy", "npz", "safetensors", "word2vec", "word2vec-binary", "glove", "fasttext"] as const;

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
      const start = performance.now();
      const opened = await untilInterrupted(
        openTable(from, { ...(tensor !== undefined && { tensor }), skipBadLines: skipBadLines === true }),
        signal,
      );
      const { table, words, badLines, format } = opened;
      const written = await writeTable(opened, to, options.to, signal);
      if (json === true) {
        const seconds = (performance.now() - start) / 1000;
        const summary = { from, format, to, rows: table.inputDim, dim: table.outputDim, words: written, badLines, seconds };
        stdout.write(`${JSON.stringify(summary)}\n`);
        return;
      }
      if (quiet === true) return;
      const passed = badLines > 0 ? `, ${formatCount(badLines)} bad lines passed over` : "";
      stdout.write(`${to}: ${formatCount(table.inputDim)} rows of ${table.outputDim} values${words ? " with their words" : ""}${passed}\n`);
    });
}

/** Whether the words of the table are in the file, too. */
async function writeTable({ table, words }: OpenedTable, to: string, format: ConvertOptions["to"], signal: AbortSignal): Promise<boolean> {
  if (format === "rowan" || (format === undefined && to.endsWith(".rowan"))) {
    await writeStream(to, signal, (stream) => saveCheckpoint(table, stream, words === undefined ? {} : { vocabulary: words }));
    return words !== undefined;
  }
  const fitting = words?.length === table.inputDim && !/\.npy(\.gz)?$/.test(to) && format !== "npy";
  await exportTable(stoppable(table, signal), to, { ...(format !== undefined && { format }), ...(fitting && { vocabulary: words }) });
  return fitting;
}

/** The rows of a table until the run is interrupted: who writes them removes what is half written then. */
function stoppable(table: RowSource, signal: AbortSignal): RowSource {
  return {
    inputDim: table.inputDim,
    outputDim: table.outputDim,
    async lookup(ids, options) {
      // Lookups alone leave no turn for signals.
      await new Promise((resolve) => setImmediate(resolve));
      if (signal.aborted) throw new InterruptedError();
      return table.lookup(ids, options);
    },
  };
}

/** A file out of what is written to a stream; it appears when the stream is closed. */
async function writeStream(path: string, signal: AbortSignal, write: (stream: WritableStream<Uint8Array>) => Promise<void>): Promise<void> {
  const file = await createOutFile(path);
  let fault: unknown;
  const keep = (error: unknown): never => {
    fault = error;
    throw error;
  };
  const stream = new WritableStream<Uint8Array>({
    async write(bytes) {
      if (signal.aborted) keep(new InterruptedError());
      await file.write(bytes).catch(keep);
    },
    close: () => file.commit().catch(keep),
  });
  try {
    await write(stream);
  } catch (error) {
    await file.abort();
    throw fault ?? error;
  }
}
