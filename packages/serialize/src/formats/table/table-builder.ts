import { EmbeddingTable, NDArray, findDefaultBackend } from "@rowan/api";
import type { Backend } from "@rowan/api";

/** Rows are moved in pieces of about this many values: 1 MiB. */
const pieceValues = 1 << 18;

/** Where a table goes. */
export interface TableTarget {
  readonly backend?: Backend | undefined;
  readonly name?: string | undefined;
}

/**
 * Rows as they come in, and in the end a table. Where the number of rows is known, and the file is long enough for it to be true,
 * they go to the backend a piece at a time; otherwise they wait on the host until all of them are there.
 */
export class TableBuilder {
  readonly dim: number;
  readonly #target: TableTarget;
  readonly #backend: Backend | undefined;
  readonly #pieceRows: number;
  readonly #pieces: Float32Array[] = [];
  #table: EmbeddingTable | undefined;
  #piece: Float32Array = new Float32Array(0);
  #filled = 0;
  #rows = 0;

  /**
   * @param dim - The values in a row.
   * @param target - Where the table shall live.
   * @param trusted - The number of rows, where the file is long enough to hold them.
   */
  constructor(dim: number, target: TableTarget, trusted?: number) {
    this.dim = dim;
    this.#target = target;
    this.#backend = target.backend ?? findDefaultBackend();
    this.#pieceRows = Math.max(1, Math.floor(pieceValues / dim));
    if (trusted !== undefined && trusted > 0 && this.#backend !== undefined) this.#table = this.#create(trusted, this.#backend);
  }

  /** How many rows there are. */
  get rows(): number {
    return this.#rows;
  }

  /** Memory for the next row, which begins at `offset`; `commit` keeps it. Ask for it when the row's bytes are there, not before. */
  get piece(): Float32Array {
    this.reserve(1);
    return this.#piece;
  }

  /**
   * Makes room for rows in `piece`. Ask for more than one only where the file is long enough to hold them.
   *
   * @param rows - How many are wanted.
   * @returns How many there is room for: at least one.
   */
  reserve(rows: number): number {
    if (this.#filled === this.#pieceRows) this.#flush();
    const room = Math.min(rows, this.#pieceRows - this.#filled);
    const needed = (this.#filled + room) * this.dim;
    if (needed > this.#piece.length) {
      // Small files are many, and need no megabyte.
      const grown = new Float32Array(
        Math.min(this.#pieceRows * this.dim, Math.max(needed, 4 * this.#piece.length, 1024 - (1024 % this.dim))),
      );
      grown.set(this.#piece);
      this.#piece = grown;
    }
    return room;
  }

  /** Where the next row begins in `piece`. */
  get offset(): number {
    return this.#filled * this.dim;
  }

  /**
   * Keeps what was written to `piece`.
   *
   * @param rows - How many rows.
   */
  commit(rows = 1): void {
    this.#filled += rows;
    this.#rows += rows;
  }

  /**
   * The table of all rows.
   *
   * @returns A table of at least one row; the caller owns it.
   */
  finish(): EmbeddingTable {
    this.#flush();
    const table = this.#table ?? (this.#backend ? this.#gatherOn(this.#backend) : this.#gatherOnHost());
    if (table.inputDim !== this.#rows) table.resize(this.#rows);
    return table;
  }

  /** Gives back what was taken, where reading has failed. */
  abort(): void {
    this.#table?.dispose();
    this.#pieces.length = 0;
  }

  #create(rows: number, backend: Backend): EmbeddingTable {
    const { name } = this.#target;
    return EmbeddingTable.create({
      inputDim: rows,
      outputDim: this.dim,
      initializer: "zeros",
      backend,
      ...(name !== undefined && { name }),
    });
  }

  #flush(): void {
    if (this.#filled === 0) return;
    const values = this.#piece.subarray(0, this.#filled * this.dim);
    if (this.#table) {
      this.#table.backend.write(this.#table.tensor, values, (this.#rows - this.#filled) * this.dim);
    } else {
      this.#pieces.push(values);
      this.#piece = new Float32Array(0);
    }
    this.#filled = 0;
  }

  #gatherOn(backend: Backend): EmbeddingTable {
    const table = this.#create(this.#rows, backend);
    let at = 0;
    for (let piece = this.#pieces.shift(); piece; piece = this.#pieces.shift()) {
      backend.write(table.tensor, piece, at);
      at += piece.length;
    }
    return table;
  }

  #gatherOnHost(): EmbeddingTable {
    const values = new Float32Array(this.#rows * this.dim);
    let at = 0;
    for (let piece = this.#pieces.shift(); piece; piece = this.#pieces.shift()) {
      values.set(piece, at);
      at += piece.length;
    }
    const { name } = this.#target;
    return EmbeddingTable.from(new NDArray(values, [this.#rows, this.dim]), name === undefined ? {} : { name });
  }
}
