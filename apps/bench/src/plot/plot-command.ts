import { rename, writeFile } from "node:fs/promises";
import { Command } from "commander";
import { parseCount } from "../arguments.ts";
import { UsageError } from "../failure.ts";
import { findWord, openTable } from "../tables/open-table.ts";
import type { Surroundings } from "../terminal.ts";
import { drawPoints } from "./draw-points.ts";
import { projectRows } from "./project.ts";

interface PlotOptions {
  readonly out: string;
  readonly words?: readonly string[];
  readonly rows: number;
  readonly tensor?: string;
  readonly quiet?: boolean;
}

const examples = `
Examples:
  rowan plot vectors.rowan --out words.svg --words whale ship sea senate law
  rowan plot vectors.rowan --out words.html --rows 200`;

/**
 * Makes `rowan plot`.
 *
 * @param surroundings - Where it prints.
 */
export function plotCommand({ stdout }: Surroundings): Command {
  return new Command("plot")
    .summary("draw rows of a table as points")
    .description("Draw rows of a table as points: along the two directions in which they differ most.")
    .argument("<file>", "a checkpoint, or vectors of another tool")
    .requiredOption("--out <file>", "the .svg or .html file to write; it needs nothing else to be shown")
    .option("--words <word...>", "the words to draw")
    .option("--rows <count>", "how many rows to draw, the first ones, where no words are given", parseCount, 100)
    .option("--tensor <name>", "which table, where the file holds several")
    .option("--quiet", "print nothing but errors")
    .addHelpText("after", examples)
    .action(async (file: string, { out, words: wanted, rows, tensor, quiet }: PlotOptions) => {
      if (!/\.(svg|html)$/.test(out)) throw new UsageError(`--out must end with .svg or .html. Received: --out ${out}.`);
      const { table, words } = await openTable(file, tensor === undefined ? {} : { tensor });
      const ids =
        wanted?.map((word) => findWord(words, word, file)) ?? Array.from({ length: Math.min(rows, table.inputDim) }, (_, id) => id);
      const { data } = await table.lookup(ids);
      const svg = drawPoints(
        projectRows(data, table.outputDim),
        ids.map((id) => words?.[id] ?? String(id)),
      );
      const page = `<!doctype html><meta charset="utf-8"><title>${ids.length} rows</title><body style="margin:0">${svg}</body>\n`;
      await writeFile(`${out}.part`, out.endsWith(".svg") ? svg : page);
      await rename(`${out}.part`, out);
      if (quiet !== true) stdout.write(`${out}: ${ids.length} rows of ${table.outputDim} values as points\n`);
    });
}
