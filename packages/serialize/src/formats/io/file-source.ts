/** A file to read, wherever it lies. What a reader of a format needs of it, and no more. */
export interface FileSource {
  /** How messages call it: a path, an address, `"bytes"`. */
  readonly name: string;
  /** Its length in bytes, where that is known before it is read. */
  readonly size: number | undefined;
  /** Its bytes from the beginning, in memory that is not used again. A source without `readAt` can be read once. */
  stream(): AsyncIterable<Uint8Array>;
  /** Any part of it, where that can be had: exactly `length` bytes, fewer only at the end of the file. */
  readonly readAt?: ((offset: number, length: number) => Promise<Uint8Array>) | undefined;
  /** Gives back what it holds open. */
  close(): Promise<void>;
}

/** A file to write. Bytes that were handed over may be overwritten when the promise resolves. */
export interface FileSink {
  readonly name: string;
  write(bytes: Uint8Array): Promise<void>;
  /** All is written: the file appears under its name. */
  close(): Promise<void>;
  /** Throws away what was written, as far as that is possible. */
  abort(reason: unknown): Promise<void>;
}
