import type { BufferPool } from "../gpu/buffer-pool.ts";

/** Tables may take three quarters of the device; the rest is for the work, and for the caches of tables that stay on the host. */
const tableShare = 3 / 4;
/** Each such cache may take a sixteenth. */
const cacheShare = 1 / 16;
/** Rows that each such cache has at least; a tensor of no more needs none. */
export const leastRows = 8;
/** What is smaller than this share of the device stays on it in any case. */
const smallShare = 1 / 64;
/** What is computed in pieces is computed so many elements at a time, at most and at least. */
const mostPiece = 2 ** 20;
const leastPiece = 2 ** 10;

/** How much memory the device has, as far as it is known: as its user says, or as the device has refused. */
export class Room {
  readonly #pool: BufferPool;
  /** The most words of one block. */
  readonly blockElements: number;
  #bytes: number;

  /**
   * @param pool - Knows what is in use.
   * @param bytes - What there is; Infinity where nobody says.
   * @param blockElements - The most words of one block.
   */
  constructor(pool: BufferPool, bytes: number, blockElements: number) {
    this.#pool = pool;
    this.#bytes = bytes;
    this.blockElements = blockElements;
  }

  /** Whether there is a limit, so that tensors may lie on the host. */
  get isLimited(): boolean {
    return this.#bytes < Infinity;
  }

  /** Elements of a piece of what is too large as a whole. */
  get pieceElements(): number {
    const ofDevice = Math.floor((this.#bytes * smallShare) / 4);
    return Math.min(this.blockElements, Math.max(leastPiece, Math.min(mostPiece, ofDevice)));
  }

  /**
   * Whether there is room for work.
   *
   * @param bytes - So many more.
   * @returns True where they are few, so that pieces always lie on the device, or nothing is known.
   */
  has(bytes: number): boolean {
    return bytes <= Math.max(this.#bytes - this.#pool.numBytesUsed, this.#bytes * smallShare, 4 * this.pieceElements);
  }

  /**
   * Whether there is room for a table.
   *
   * @param bytes - Its bytes.
   * @returns True where they are few, or nothing is known.
   */
  hasForTable(bytes: number): boolean {
    return bytes <= Math.max(this.#bytes * tableShare - this.#pool.numBytesUsed, this.#bytes * smallShare);
  }

  /**
   * How many rows a cache starts with.
   *
   * @param rows - Rows of the table.
   * @param rowBytes - Bytes of each.
   * @returns At most as many as there are.
   */
  cacheRows(rows: number, rowBytes: number): number {
    return Math.min(rows, Math.max(leastRows, Math.floor((this.#bytes * cacheShare) / Math.max(rowBytes, 1))));
  }

  /**
   * The device has refused more than this.
   *
   * @param bytes - What it has, together with what is in use.
   */
  learn(bytes: number): void {
    this.#bytes = Math.min(this.#bytes, bytes);
    this.#pool.limit = this.#bytes;
  }
}
