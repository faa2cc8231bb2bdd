import type { ByteSource } from "./byte-source.ts";
import { openSource } from "./open-source.ts";
import type { Source } from "./open-source.ts";

/** A file to read: what a reader of a format needs of it. */
export interface OpenFile {
  /** How messages call it. */
  readonly name: string;
  /** Its length in bytes, where that is certain before it is read: what a server says of a stream is not. */
  readonly size: number | undefined;
  /** Its bytes from the beginning, in memory that is not used again. A file without `readAt` can be read once. */
  stream(): AsyncIterable<Uint8Array>;
  /** Any part of it, where that can be had: exactly `length` bytes, fewer only at the end of the file. */
  readonly readAt: ((offset: number, length: number) => Promise<Uint8Array>) | undefined;
  /** Gives back what it holds open. */
  close(): Promise<void>;
}

const pieceBytes = 1 << 18;

/**
 * Opens a file for reading.
 *
 * @param input - A path, a URL, a Blob or File, a stream, or bytes.
 * @returns The file; close it.
 * @throws InvalidArgumentError for anything else; FileAccessError where it cannot be opened.
 */
export async function openFile(input: Source): Promise<OpenFile> {
  const source = await openSource(input, true);
  const { name, forwardOnly, certain } = source;
  return {
    name,
    size: certain ? source.size : undefined,
    stream: () => pieces(source),
    readAt: forwardOnly ? undefined : (offset, length) => source.read(offset, length),
    close: () => source.close(),
  };
}

/** The next piece is read while the one before is worked on. */
async function* pieces(source: ByteSource): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let ahead = source.read(0, pieceBytes); ;) {
    const piece = await ahead;
    at += piece.length;
    if (piece.length < pieceBytes) {
      if (piece.length > 0) yield piece;
      return;
    }
    ahead = source.read(at, pieceBytes);
    // It is awaited in the next round, or by nobody where the reader has enough.
    ahead.catch(() => undefined);
    yield piece;
  }
}
