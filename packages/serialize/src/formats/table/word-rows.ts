import { FormatError, describeValue } from "@rowan/api";
import { namedPlaces } from "./import-report.ts";
import type { BadLine } from "./import-report.ts";
import { TableBuilder } from "./table-builder.ts";
import type { TableTarget } from "./table-builder.ts";

/** What shall become of words and of lines that cannot be read. */
export interface WordOptions extends TableTarget {
  /** Only these words are kept; all of them where it is left out. */
  readonly words?: ReadonlySet<string> | undefined;
  /** Only so many rows are kept, the first ones: in the usual files those are the most frequent words. */
  readonly limit?: number | undefined;
  /** Lines that cannot be read are counted and passed over; the first of them is an error where it is left out. */
  readonly skipBadLines?: boolean | undefined;
  /** Of a word that comes again: `"first"` keeps the first row and counts, `"error"` is strict. */
  readonly duplicates?: "first" | "error" | undefined;
}

/** Rows with their words, as they come out of a file, and what has to be said about them. */
export class WordRows {
  readonly builder: TableBuilder;
  readonly words: string[] = [];
  readonly duplicates: { count: number; first: { word: string; line: number }[] } = { count: 0, first: [] };
  readonly badLines: { count: number; first: BadLine[] } = { count: 0, first: [] };
  notFinite = 0;
  unfinishedLine = false;
  readonly #name: string;
  readonly #unit: string;
  readonly #options: WordOptions;
  readonly #seen = new Set<string>();

  /**
   * @param name - The file's name, for messages.
   * @param unit - What is counted in it: `"line"` or `"record"`.
   * @param dim - The values in a row.
   * @param options - What shall become of the words.
   * @param trusted - The number of rows, where the file is long enough to hold them.
   */
  constructor(name: string, unit: string, dim: number, options: WordOptions, trusted: number | undefined) {
    this.#name = name;
    this.#unit = unit;
    this.#options = options;
    const { words, limit = Infinity } = options;
    // A choice of words may find few of them.
    const rows = words || trusted === undefined ? undefined : Math.min(trusted, limit);
    this.builder = new TableBuilder(dim, options, rows);
  }

  /** Whether all rows that were asked for are there. */
  get complete(): boolean {
    return this.builder.rows >= (this.#options.limit ?? Infinity) || (this.#options.words?.size ?? Infinity) <= this.builder.rows;
  }

  /** Whether only some words are wanted. */
  get wanted(): ReadonlySet<string> | undefined {
    return this.#options.words;
  }

  /**
   * Keeps the row that was written to the builder, unless its word is there already or is not wanted.
   *
   * @param word - Its word.
   * @param line - Where it stands.
   * @throws FormatError for a word that comes again, with `duplicates: "error"`.
   */
  keep(word: string, line: number): void {
    if (this.#options.words?.has(word) === false) return;
    if (this.#seen.has(word)) {
      this.#again(word, line);
      return;
    }
    this.#seen.add(word);
    this.words.push(word);
    const { piece, offset, dim } = this.builder;
    let sum = 0;
    for (let i = offset; i < offset + dim; i++) sum += (piece[i] as number) * 0;
    if (sum !== 0) this.notFinite++;
    this.builder.commit();
  }

  /**
   * Says that a line cannot be read.
   *
   * @param line - Where it stands.
   * @param reason - What was expected and what was there: "expected …. Received: …"
   * @throws FormatError, unless bad lines are passed over.
   */
  reject(line: number, reason: string): void {
    if (this.#options.skipBadLines !== true) {
      throw new FormatError(
        `${this.#name}, ${this.#unit} ${line}: ${reason}. Correct it, or pass { skipBadLines: true } to go on without it.`,
      );
    }
    this.badLines.count++;
    if (this.badLines.first.length < namedPlaces) this.badLines.first.push({ line, reason });
  }

  #again(word: string, line: number): void {
    if (this.#options.duplicates === "error") {
      throw new FormatError(
        `${this.#name}, ${this.#unit} ${line}: every word must have one row. Received: ${describeValue(word)} again. Pass { duplicates: "first" } to keep the first row.`,
      );
    }
    this.duplicates.count++;
    if (this.duplicates.first.length < namedPlaces) this.duplicates.first.push({ word, line });
  }
}
