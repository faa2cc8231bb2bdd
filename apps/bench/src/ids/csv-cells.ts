import { parse } from "csv-parse";
import { countOf } from "../format.ts";
import type { TextInput } from "../files/text-lines.ts";
import { FileError } from "../failure.ts";
import { BadCell, splitTokens } from "./cell-reader.ts";
import { usualColumns } from "./cell-input.ts";
import type { CellInput, ColumnChoice, RawCell } from "./cell-input.ts";
import { refuseTwice } from "./columns.ts";

/** How the records of a CSV file are read. */
export interface CsvRules extends ColumnChoice {
  readonly isBag: boolean;
  readonly byWord: boolean;
}

/** Records are handed on in groups of about this size. */
const groupSize = 1024;

/** Which fields of a record hold what; counted from 0. */
interface Layout {
  /** Undefined: all fields are ids. */
  readonly ids: number | undefined;
  readonly weights: number | undefined;
}

/** What the parser says with each record, and of each that it cannot read. */
interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/**
 * Ids of a CSV file. Its first line is names where `column` is a name, or where ids are wanted and none of its fields is an integer.
 *
 * @param text - The file.
 * @param rules - Which column, and what it holds.
 */
export function csvCells(text: TextInput, rules: CsvRules): CellInput {
  return {
    name: text.name,
    placeOf: (line, column) => `line ${line}, column ${column}`,
    part: () => text.part(),
    cells: () => readCells(text, rules),
    close: () => {
      text.stream.destroy();
      return Promise.resolve();
    },
  };
}

async function* readCells(text: TextInput, rules: CsvRules): AsyncGenerator<RawCell[]> {
  const delimiter = /\.tsv$/i.test(text.name) ? "\t" : ",";
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_records_with_error: true,
    skip_empty_lines: true,
    delimiter,
  });
  // Told as soon as they are met, which is before the records in front of them are taken.
  const faults: RawCell[] = [];
  parser.on("skip", ({ lines, message }: { readonly lines?: number; readonly message: string }) => {
    faults.push({ line: lines ?? 0, tokens: [], columns: [], fault: new BadCell(1, "a record of CSV", message.replace(/\.$/, "")) });
  });
  text.stream.on("error", (error) => parser.destroy(error));
  text.stream.pipe(parser);
  let cells: RawCell[] = [];
  let layout: Layout | undefined;
  for await (const item of parser) {
    const { record, info } = item as Parsed;
    if (layout === undefined) {
      const named = namesColumns(record, rules);
      layout = findLayout(text.name, record, named, rules);
      if (named) continue;
    }
    while (faults.length > 0 && (faults[0] as RawCell).line < info.lines) cells.push(faults.shift() as RawCell);
    cells.push(readRecord(record, info.lines, layout, rules));
    if (cells.length < groupSize) continue;
    yield cells;
    cells = [];
  }
  yield [...cells, ...faults];
}

function namesColumns(record: readonly string[], { column, byWord }: CsvRules): boolean {
  if (column !== undefined) return !/^\d+$/.test(column);
  return !byWord && !record.some((field) => /\d/.test(field) && splitTokens(field).tokens.every((token) => /^[+-]?\d+$/.test(token)));
}

function findLayout(name: string, record: readonly string[], named: boolean, { column, weights }: CsvRules): Layout {
  const find = (wanted: string, option: string): number => {
    const at = named ? record.findIndex((field) => field.trim() === wanted) : Number(wanted) - 1;
    if (named && at >= 0) refuseTwice(name, record, wanted);
    if (at >= 0 && (named || at < record.length)) return at;
    const there = named ? `the columns ${record.slice(0, 12).join(", ")}` : `${countOf(record.length, "column", "columns")} without names`;
    throw new FileError(`${name} must have the column that ${option} names. Received: ${option} ${wanted}; there are ${there}.`);
  };
  const factors = weights === undefined ? undefined : find(weights, "--weights");
  if (column !== undefined) return { ids: find(column, "--column"), weights: factors };
  const others = record.map((_, at) => at).filter((at) => at !== factors);
  if (others.length === 1) return { ids: others[0], weights: factors };
  if (!named) return { ids: factors === undefined ? undefined : others[0], weights: factors };
  const usual = others.find((at) => usualColumns.includes(record[at]?.trim().toLowerCase() ?? ""));
  if (usual !== undefined) {
    refuseTwice(name, record, record[usual]?.trim() ?? "");
    return { ids: usual, weights: factors };
  }
  throw new FileError(
    `${name} has several columns: ${record.slice(0, 12).join(", ")}. Choose one: --column ${record[others[0] ?? 0] ?? ""}.`,
  );
}

function readRecord(record: readonly string[], line: number, layout: Layout, rules: CsvRules): RawCell {
  const { ids, weights } = layout;
  const factors = weights === undefined ? {} : { weights: splitTokens(record[weights] ?? "").tokens };
  const fields = ids === undefined ? record.map((field, at) => ({ field, at })) : [{ field: record[ids] ?? "", at: ids }];
  if (ids !== undefined && record[ids] === undefined) {
    return {
      line,
      tokens: [],
      columns: [],
      fault: new BadCell(ids + 1, `a column ${ids + 1}`, countOf(record.length, "column", "columns")),
    };
  }
  const tokens: string[] = [];
  const columns: number[] = [];
  for (const { field, at } of fields) {
    const parts = rules.byWord && !rules.isBag ? [field.trim()] : splitTokens(field).tokens;
    // An empty field is an id that is missing, unless several make a vector.
    for (const part of parts.length === 0 && !rules.isBag ? [""] : parts) {
      tokens.push(part);
      columns.push(at + 1);
    }
  }
  return { line, tokens, columns, ...factors };
}
