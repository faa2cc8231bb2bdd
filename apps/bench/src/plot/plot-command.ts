import { Command, Option } from "commander";
import { parseCount, parseId } from "../arguments.ts";
import { FileError, UsageError } from "../failure.ts";
import { checkOut } from "../files/check-out.ts";
import { countOf } from "../format.ts";
import { untilInterrupted } from "../interruption/until-interrupted.ts";
import { findWord, openTable } from "../tables/open-table.ts";
import type { Surroundings } from "../terminal.ts";
import { readCurve } from "./curve.ts";
import { checkPicturePath, savePicture } from "./save-picture.ts";

interface PlotOptions {
  readonly out: string;
  readonly method: "pca" | "umap";
  readonly words?: readonly string[];
  readonly rows: number;
  readonly seed: number;
  readonly tensor?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const examples = `
Examples:
  rowan plot vectors.rowan --out words.svg --words whale ship sea senate law
  rowan plot vectors.rowan --out words.html --rows 200 --method umap
  rowan plot curve.json --out curve.png`;

/**
 * Makes `rowan plot`.
 *
 * @param surroundings - Where it prints, and what ends it.
 */
export function plotCommand({ stdout, signal }: Surroundings): Command {
  return new Command("plot")
    .summary("draw rows of a table as points, or the curve of a training")
    .description("Draw rows of a table as points in a plane, or the curve that rowan train --curve wrote.")
    .argument("<file>", "a checkpoint, vectors of another tool, or a curve (.json)")
    .requiredOption("--out <file>", "the .html, .svg or .png file to write; it needs nothing else to be shown")
    .addOption(
      new Option("--method <method>", "pca: along the two directions in which rows differ most; umap: near rows stay near")
        .choices(["pca", "umap"])
        .default("pca"),
    )
    .option("--words <word...>", "the words to draw")
    .option("--rows <count>", "how many rows to draw, the first ones, where no words are given", parseCount, 100)
    .option("--seed <seed>", "umap: another seed gives another layout", parseId, 1)
    .option("--tensor <name>", "which table, where the file holds several")
    .option("--json", "print what was drawn as JSON")
    .option("--quiet", "print nothing but errors")
    .addHelpText("after", examples)
    .action(async (file: string, options: PlotOptions) => {
      const { out, json, quiet } = options;
      checkPicturePath(out, "--out");
      await checkOut(out);
      const done = file.endsWith(".json") ? await plotCurve(file, out, signal) : await plotRows(file, options, signal);
      if (quiet === true) return;
      stdout.write(json === true ? `${JSON.stringify({ out, ...done })}\n` : `${out}: ${describe(done)}\n`);
    });
}

type Plotted =
  | { readonly curve: readonly string[]; readonly epochs: number }
  | {
      readonly rows: number;
      readonly dim: number;
      readonly method: string;
      readonly namesLeftOut: number;
      readonly points: readonly (readonly [string, number, number])[];
    };

function describe(done: Plotted): string {
  if ("curve" in done) return `${done.curve.join(", ")} over ${countOf(done.epochs, "epoch", "epochs")}`;
  const { namesLeftOut: without } = done;
  const names = without === 0 ? "" : `; ${countOf(without, "name", "names")} had no room`;
  return `${done.rows} rows of ${done.dim} values as points (${done.method})${names}`;
}

async function plotCurve(file: string, out: string, signal: AbortSignal): Promise<Plotted> {
  const curve = await readCurve(file);
  await savePicture(out, { kind: "curve", heading: file, curve }, signal);
  return { curve: Object.keys(curve), epochs: Math.max(...Object.values(curve).map(({ length }) => length)) };
}

async function plotRows(file: string, options: PlotOptions, signal: AbortSignal): Promise<Plotted> {
  const { out, method, words: wanted, rows, seed, tensor } = options;
  const { table, words } = await untilInterrupted(openTable(file, tensor === undefined ? {} : { tensor }), signal);
  const ids = wanted?.map((word) => findWord(words, word, file)) ?? Array.from({ length: Math.min(rows, table.inputDim) }, (_, id) => id);
  if (method === "umap" && ids.length < 4) throw new UsageError(`--method umap needs 4 rows or more. Received: ${ids.length}.`);
  const data = new Float64Array((await table.lookup(ids)).data as Float32Array);
  if (!allFinite(data))
    throw new FileError(
      `${file} must hold finite numbers to be drawn. Received: NaN or infinity among the rows. See them with: rowan inspect ${file}`,
    );
  const dim = table.outputDim;
  const names = ids.map((id) => words?.[id] ?? String(id));
  const title = `${ids.length} rows of ${dim} values (${method.toUpperCase()})`;
  const picture = { kind: "rows", heading: file, title, data, dim, names, method, seed } as const;
  const { points, namesLeftOut } = await savePicture(out, picture, signal);
  const at = (i: number): [string, number, number] => [names[i] as string, points[2 * i] as number, points[2 * i + 1] as number];
  return { rows: ids.length, dim, method, namesLeftOut, points: ids.map((_, i) => at(i)) };
}

/** A plain loop: of many rows a function for each value would hold signals up. */
function allFinite(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}
