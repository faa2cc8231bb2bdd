import { EmbeddingTable } from "@rowan/api";
import type { Backend } from "@rowan/api";

/** A table that the page shows: its rows on the host, and on the backend for lookups and neighbours. */
export interface Exhibit {
  readonly title: string;
  readonly rows: number;
  readonly dim: number;
  /** `[rows, dim]`. */
  readonly vectors: Float32Array;
  readonly table: EmbeddingTable;
  /** The words of the rows, where they have some. */
  readonly words: readonly string[] | undefined;
  /** Of how many rows these are the first ones, where they are not all; "more" where nobody has counted them. */
  readonly outOf?: number | "more";
  /** Rows that are not shown: padding, and the word for unknown words. */
  readonly hidden: readonly number[];
  /** For each row a number from -1 to 1 that gives its colour, where there is something to tell. */
  readonly tones?: Float32Array;
  /** What the two ends of the tones mean. */
  readonly ends?: readonly [negative: string, positive: string];
}

/** What an exhibit is made of. */
export type ExhibitParts = Omit<Exhibit, "table" | "rows">;

/**
 * Puts vectors onto a backend.
 *
 * @param parts - The vectors and what belongs to them.
 * @param backend - Where they go.
 */
export function exhibit(parts: ExhibitParts, backend: Backend): Exhibit {
  const rows = parts.vectors.length / parts.dim;
  return { ...parts, rows, table: EmbeddingTable.from(parts.vectors, { shape: [rows, parts.dim], backend }) };
}

/**
 * What a row is called.
 *
 * @param shown - The table.
 * @param id - Of the row.
 */
export function nameOf({ words }: Exhibit, id: number): string {
  const word = words?.[id] ?? "";
  return word === "" ? String(id) : word;
}

/**
 * The row that a person means.
 *
 * @param shown - The table.
 * @param text - A word of it, or an id.
 * @returns The id; undefined where there is no such row.
 */
export function findRow({ words, rows }: Exhibit, text: string): number | undefined {
  const wanted = text.trim();
  const at = words?.indexOf(wanted) ?? -1;
  if (at >= 0 && wanted !== "") return at;
  const lower = words?.indexOf(wanted.toLowerCase()) ?? -1;
  if (lower >= 0 && wanted !== "") return lower;
  const id = /^\d+$/.test(wanted) ? Number(wanted) : -1;
  return id >= 0 && id < rows ? id : undefined;
}
