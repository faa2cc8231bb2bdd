import { extname } from "node:path";
import { openText } from "../files/text-lines.ts";
import { UsageError } from "../failure.ts";
import { CellReader } from "./cell-reader.ts";
import type { CellRules } from "./cell-reader.ts";
import { CellSource } from "./cell-source.ts";
import type { CellInput, ColumnChoice } from "./cell-input.ts";
import type { IdSource } from "./id-source.ts";
import { lineCells } from "./line-cells.ts";

/** The forms in which ids are read. */
export const idFormats = ["npy", "txt", "jsonl", "csv", "parquet", "arrow"] as const;

/** One of these forms. */
export type IdFormat = (typeof idFormats)[number];

const endings: Readonly<Record<string, IdFormat>> = {
  ".npy": "npy",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".csv": "csv",
  ".tsv": "csv",
  ".parquet": "parquet",
  ".pq": "parquet",
  ".arrow": "arrow",
  ".feather": "arrow",
  ".ipc": "arrow",
};

/** Which ids, and how they are read. */
export interface IdOptions extends ColumnChoice {
  /** A file, or `-` for standard input. */
  readonly path: string;
  /** By the ending when left out; other endings and standard input are lines of text. */
  readonly format: IdFormat | undefined;
  readonly rules: CellRules;
  /** How many vectors make a batch. */
  readonly size: number;
  readonly skipBad: boolean;
  readonly signal: AbortSignal;
}

/**
 * The form of a file of ids.
 *
 * @param path - The file.
 * @param given - What was asked for.
 */
export function formatOfIds(path: string, given?: IdFormat): IdFormat {
  return given ?? endings[extname(path).toLowerCase()] ?? "txt";
}

/**
 * Opens ids.
 *
 * @param options - What and how.
 * @returns The batches to come. Close it.
 * @throws UsageError for what cannot be together; FileError, FormatError or the system's error for a file that cannot be used.
 */
export async function openIds(options: IdOptions): Promise<IdSource> {
  const { path, rules, size, skipBad, weights } = options;
  const format = formatOfIds(options.path, options.format);
  if (path === "-" && (format === "npy" || format === "parquet" || format === "arrow")) {
    throw new UsageError(
      `--ids - cannot be ${format}, which is read from several places. Write it to a file, or pass lines of text or CSV.`,
    );
  }
  if (format !== "npy") {
    const skipRemedy = "Pass --skip-bad-lines to go on without such lines.";
    return new CellSource(await openCells(format, options), new CellReader(rules), { size, skipBad, skipRemedy });
  }
  for (const [name, given] of [
    ["--words", rules.words !== undefined],
    ["--column", options.column !== undefined],
    ["--skip-bad-lines", skipBad],
  ] as const) {
    if (given)
      throw new UsageError(`${name} needs ids in a text, CSV, JSON lines, Parquet or Arrow. Received: ${name} with --ids ${path}.`);
  }
  return (await import("./npy-source.ts")).NpySource.open(path, { size, isBag: rules.isBag, weights });
}

async function openCells(format: Exclude<IdFormat, "npy">, { path, rules, column, weights, signal }: IdOptions): Promise<CellInput> {
  const choice: ColumnChoice = { column, weights };
  const lines = { ...choice, isBag: rules.isBag, byWord: rules.words !== undefined };
  switch (format) {
    case "parquet":
      return (await import("./parquet-cells.ts")).parquetCells(path, choice);
    case "arrow":
      return (await import("./arrow-cells.ts")).arrowCells(path, choice);
    case "csv":
      return (await import("./csv-cells.ts")).csvCells(await openText(path, signal), lines);
    case "jsonl":
      return lineCells(await openText(path, signal), { ...lines, isJson: true });
    case "txt": {
      // Lines of text have no columns: their weights are lines of another file.
      const text = await openText(path, signal);
      return lineCells(text, { ...lines, isJson: false }, weights === undefined ? undefined : await openText(weights, signal));
    }
  }
}
