import type { BadCell, Token } from "./cell-reader.ts";
import type { NamePlace } from "./batch-builder.ts";

/** What stands at one place of an input: a line, a record, a row. */
export interface RawCell {
  /** The number of the line or row, from 1. */
  readonly line: number;
  readonly tokens: readonly Token[];
  /** For each token where it stands. */
  readonly columns: readonly number[];
  readonly weights?: readonly Token[];
  /** What the vector is of. */
  readonly label?: string;
  /** Why the place cannot be read; the tokens do not count then. */
  readonly fault?: BadCell;
}

/** A file whose ids come a line or a row at a time. */
export interface CellInput {
  /** As messages call it. */
  readonly name: string;
  /** How many vectors there will be, where the file says that. */
  readonly total?: number;
  /** How places in it are named. */
  readonly placeOf: NamePlace;
  /** The part that was read, 0 to 1; undefined where that is not known. */
  part(): number | undefined;
  /** What stands in it, in order; as many at a time as come together. */
  cells(): AsyncGenerator<RawCell[]>;
  close(): Promise<void>;
}

/** How the columns of an input are used. */
export interface ColumnChoice {
  /** Where the ids are: a name, or a number from 1 in a file without names; the usual place when left out. */
  readonly column: string | undefined;
  /** Where their weights are. */
  readonly weights: string | undefined;
}

/** The column that ids are looked for in where none was named and there are several. */
export const usualColumns: readonly string[] = ["ids", "id", "words", "word", "text"];
