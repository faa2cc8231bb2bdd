import { FileError } from "../failure.ts";
import { BadCell } from "./cell-reader.ts";
import { usualColumns } from "./cell-input.ts";
import type { ColumnChoice, RawCell } from "./cell-input.ts";

/**
 * The columns of a file whose columns have names.
 *
 * @param file - The file, for messages.
 * @param names - What there is.
 * @param choice - What was asked for.
 * @throws FileError where a column is not there, or several are and none was named.
 */
export function chooseColumn(
  file: string,
  names: readonly string[],
  { column, weights }: ColumnChoice,
): { readonly ids: string; readonly weights: string | undefined } {
  for (const [option, wanted] of [
    ["--column", column],
    ["--weights", weights],
  ] as const) {
    if (wanted === undefined || names.includes(wanted)) continue;
    throw new FileError(
      `${file} must have the column that ${option} names. Received: ${option} ${wanted}; there are the columns ${names.slice(0, 12).join(", ")}.`,
    );
  }
  const others = names.filter((name) => name !== weights);
  const ids = column ?? (others.length === 1 ? others[0] : others.find((name) => usualColumns.includes(name.toLowerCase())));
  for (const name of [ids, weights]) if (name !== undefined) refuseTwice(file, names, name);
  if (ids !== undefined) return { ids, weights };
  if (others.length === 0) throw new FileError(`${file} must have a column of ids. Received: no column.`);
  throw new FileError(`${file} has several columns: ${others.slice(0, 12).join(", ")}. Choose one: --column ${others[0] ?? ""}.`);
}

/**
 * Refuses a name that several columns have, of which a reader would take one or the other.
 *
 * @param file - The file, for messages.
 * @param names - Of its columns.
 * @param wanted - The name of one of them.
 * @throws FileError where another column has it, too.
 */
export function refuseTwice(file: string, names: readonly string[], wanted: string): void {
  const count = names.filter((name) => name.trim() === wanted).length;
  if (count > 1)
    throw new FileError(`${file} must have the column "${wanted}" once. Received: ${count} columns of that name. Rename the others.`);
}

/**
 * A row of a column.
 *
 * @param line - Its number, from 1.
 * @param value - An integer, a text, a list of them; null where the row has none.
 * @param weights - The same row of the column of weights.
 */
export function rowCell(line: number, value: unknown, weights: { readonly value: unknown } | undefined): RawCell {
  if (value === null || value === undefined) {
    return { line, tokens: [], columns: [], fault: new BadCell(1, "an id", "null") };
  }
  const tokens = asList(value);
  const cell = { line, tokens, columns: tokens.map((_, at) => at + 1) };
  return weights ? { ...cell, weights: weights.value === null || weights.value === undefined ? [] : asList(weights.value) } : cell;
}

function asList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (ArrayBuffer.isView(value)) return [...(value as unknown as Iterable<unknown>)];
  return [value];
}
