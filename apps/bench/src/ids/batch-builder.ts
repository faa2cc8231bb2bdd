import { FileError } from "../failure.ts";
import { BadCell } from "./cell-reader.ts";
import type { Cell } from "./cell-reader.ts";
import type { IdBatch, Passed } from "./id-source.ts";

const largest = 2 ** 31 - 1;
/** So many bad lines are told with their place; of the others there is the number. */
const mostTold = 5;

/** Where something stands, in words: `(3, 1)` is "line 3, column 1". */
export type NamePlace = (line: number, column: number) => string;

/** However long bags are, a batch has no more ids than this and a bag's. */
const mostIds = 1 << 20;

/** How cells become batches. */
export interface BatchOptions {
  /** How many vectors make a batch. */
  readonly size: number;
  /** Several ids make a vector. */
  readonly isBag: boolean;
  /** Bad lines are counted and passed over. */
  readonly skipBad: boolean;
  /** What an error says of passing over: `"Pass --skip-bad-lines to go on without such lines."`; "" where that cannot be. */
  readonly skipRemedy: string;
  readonly placeOf: NamePlace;
}

/** Collects cells until they make a batch, and counts what is passed over. */
export class BatchBuilder {
  readonly #name: string;
  readonly #size: number;
  readonly #isBag: boolean;
  readonly #skipBad: boolean;
  readonly #skipRemedy: string;
  readonly #placeOf: NamePlace;
  #ids: number[] = [];
  #lines: number[] = [];
  #columns: number[] = [];
  #ends: number[] = [];
  #weights: number[] | undefined;
  #labels: string[] | undefined;
  #beyond = new Map<number, number | bigint>();
  #badLines = 0;
  readonly #firstBad: string[] = [];

  /**
   * @param name - The input, for messages.
   * @param options - How many vectors make a batch, whether they are bags, whether bad lines are passed over, what messages say of that,
   *   and how places are named.
   */
  constructor(name: string, options: BatchOptions) {
    this.#name = name;
    this.#size = options.size;
    this.#isBag = options.isBag;
    this.#skipBad = options.skipBad;
    this.#skipRemedy = options.skipRemedy;
    this.#placeOf = options.placeOf;
  }

  /** What was passed over so far. */
  get passed(): Pick<Passed, "badLines" | "firstBad"> {
    return { badLines: this.#badLines, firstBad: this.#firstBad };
  }

  /** Whether there is a whole batch. */
  get isFull(): boolean {
    return this.#ends.length >= this.#size || this.#ids.length >= mostIds;
  }

  /** Whether there is anything. */
  get isEmpty(): boolean {
    return this.#ends.length === 0;
  }

  /**
   * Adds what one vector is made of.
   *
   * @param line - Where it stands.
   * @param read - Reads it; a BadCell is passed over or ends the run.
   * @param label - What it is of.
   * @throws FileError naming the place of what is bad, unless it is passed over.
   */
  add(line: number, read: () => Cell, label?: string): void {
    let cell: Cell;
    try {
      cell = read();
    } catch (error) {
      if (!(error instanceof BadCell)) throw error;
      this.fail(line, error);
      return;
    }
    cell.ids.forEach((id, i) => {
      const at = this.#ids.length;
      const fits = Math.max(-largest, Math.min(largest, Number(id)));
      // What int32 cannot hold is no row of any table, as before; messages name what it was.
      if (fits !== id) this.#beyond.set(at, id);
      this.#ids.push(fits);
      this.#columns.push(cell.columns[i] as number);
    });
    if (cell.weights) (this.#weights ??= []).push(...cell.weights);
    if (label !== undefined) (this.#labels ??= []).push(label);
    this.#lines.push(line);
    this.#ends.push(this.#ids.length);
  }

  /**
   * A line that cannot be read.
   *
   * @param line - Its number.
   * @param fault - What is wrong with it.
   * @throws FileError, unless such lines are passed over.
   */
  fail(line: number, fault: BadCell): void {
    const text = `${this.#name}, ${this.#placeOf(line, fault.column)}: ${fault.message}`;
    if (!this.#skipBad) throw new FileError(`${text}${this.#skipRemedy === "" ? "" : ` ${this.#skipRemedy}`}`);
    this.#badLines++;
    if (this.#firstBad.length < mostTold) this.#firstBad.push(text);
  }

  /** The batch; a new one begins. */
  take(): IdBatch {
    const [lines, columns, ends, beyond] = [this.#lines, this.#columns, this.#ends, this.#beyond];
    const ids = Int32Array.from(this.#ids);
    const batch: IdBatch = {
      count: ends.length,
      ids,
      ...(this.#isBag && { offsets: Int32Array.from([0, ...ends]) }),
      ...(this.#weights && { weights: Float32Array.from(this.#weights) }),
      ...(this.#labels && { labels: this.#labels }),
      describe: (index) => ({
        value: String(beyond.get(index) ?? ids[index]),
        place: `in ${this.#placeOf(lines[ends.findIndex((end) => end > index)] ?? 0, columns[index] ?? 1)}`,
      }),
    };
    [this.#ids, this.#lines, this.#columns, this.#ends] = [[], [], [], []];
    this.#beyond = new Map();
    this.#weights &&= [];
    this.#labels &&= [];
    return batch;
  }
}
