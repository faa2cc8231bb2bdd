import { RecordBatchFileWriter } from "apache-arrow";
import type { Schema } from "apache-arrow";

/** Where a batch of records lies in a file. */
export interface ArrowBlock {
  readonly metaDataLength: number;
  readonly bodyLength: number;
  readonly offset: number;
}

/** The library's writer of files, whose bytes are taken piece by piece, and which can go on with a file that an earlier one began. */
export class ArrowWriter extends RecordBatchFileWriter {
  #pieces: Uint8Array[] = [];

  /**
   * Begins a file, or stands behind what a file has.
   *
   * @param schema - The columns.
   * @param from - How many bytes there are, and which batches.
   */
  begin(schema: Schema, from?: { readonly bytes: number; readonly blocks: readonly ArrowBlock[] }): void {
    this._started = true;
    this._schema = schema;
    if (from) {
      this._position = from.bytes;
      this._recordBatchBlocks = [...from.blocks];
    } else this._writeSchema(schema);
  }

  /** The bytes since the last call; views of the vectors among them. */
  take(): Uint8Array[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  /** The batches so far. */
  get blocks(): readonly ArrowBlock[] {
    return this._recordBatchBlocks.map(({ metaDataLength, bodyLength, offset }) => ({ metaDataLength, bodyLength, offset }));
  }

  protected override _write(chunk: ArrayBufferView): this {
    if (!this._started || chunk.byteLength === 0) return this;
    this.#pieces.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    this._position += chunk.byteLength;
    return this;
  }
}
