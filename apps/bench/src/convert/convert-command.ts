import { resolve } from "node:path";
import { Command, Option } from "commander";
import { exportTable, saveCheckpoint } from "@rowan/serialize";
import type { ExportFormat } from "@rowan/serialize";
import { UsageError } from "../failure.ts";
import { formatCount } from "../format.ts";
import { openTable } from "../tables/open-table.ts";
import type { Surroundings } from "../terminal.ts";

interface ConvertOptions {
  readonly to?: ExportFormat | "rowan";
  readonly tensor?: string;
  readonly skipBadLines?: boolean;
  readonly quiet?: boolean;
}

const formats = ["rowan", "npy", "npz", "safetensors", "word2vec", "word2vec-binary", "glove", "fasttext"] as const;

const examples = `
Examples:
  rowan convert glove.6B.100d.txt vectors.rowan
  rowan convert vectors.rowan vectors.bin
  rowan convert model.safetensors words.txt.gz --tensor embeddings --to glove

The format that is read is recognised by its content, the one that is written by the ending: .rowan, .npy, .npz, .safetensors,
.w2v or .bin, .vec, .txt, each of another tool with .gz too.`;

/**
 * Makes `rowan convert`.
 *
 * @param surroundings - Where it prints.
 */
export function convertCommand({ stdout }: Surroundings): Command {
  return new Command("convert")
    .summary("turn vectors of one format into another")
    .description("Turn a table with its words from one format into another.")
    .argument("<from>", "a checkpoint, or vectors of another tool")
    .argument("<to>", "the file to write")
    .addOption(new Option("--to <format>", "what to write; by the ending of the file when left out").choices(formats))
    .option("--tensor <name>", "which table, where the file holds several")
    .option("--skip-bad-lines", "count lines of a text that cannot be read, and go on")
    .option("--quiet", "print nothing but errors")
    .addHelpText("after", examples)
    .action(async (from: string, to: string, { to: format, tensor, skipBadLines, quiet }: ConvertOptions) => {
      if (resolve(from) === resolve(to)) throw new UsageError(`the file to write must be another one. Received: ${to} twice.`);
      const { table, words, badLines } = await openTable(from, {
        ...(tensor !== undefined && { tensor }),
        skipBadLines: skipBadLines === true,
      });
      if (format === "rowan" || (format === undefined && to.endsWith(".rowan"))) {
        await saveCheckpoint(table, to, words === undefined ? {} : { vocabulary: words });
      } else {
        const fitting = words?.length === table.inputDim && !/\.npy(\.gz)?$/.test(to) && format !== "npy";
        await exportTable(table, to, { ...(format !== undefined && { format }), ...(fitting && { vocabulary: words }) });
      }
      if (quiet === true) return;
      const passed = badLines > 0 ? `, ${formatCount(badLines)} bad lines passed over` : "";
      stdout.write(`${to}: ${formatCount(table.inputDim)} rows of ${table.outputDim} values${words ? " with their words" : ""}${passed}\n`);
    });
}
