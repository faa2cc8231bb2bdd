import { alignment, align } from "./constants.ts";
import type { Compression, Piece } from "./header.ts";

/** Data that is to be placed. */
export interface Placeable {
  /** Bytes, uncompressed. */
  readonly length: number;
  readonly compression: Compression;
  /** The bytes of each chunk in the file, where chunks are compressed. */
  readonly storedLengths: readonly number[];
}

/** Where everything goes. */
export interface Layout {
  /** The pieces of each of the data, in their order. */
  readonly pieces: readonly (readonly Piece[])[];
  /** For each file the bytes of all its frames. */
  readonly dataLengths: readonly number[];
}

/**
 * The number of chunks of some data.
 *
 * @param length - Bytes, uncompressed.
 * @param chunkBytes - Bytes of a chunk.
 * @returns A whole number; 0 for no bytes.
 */
export function chunkCount(length: number, chunkBytes: number): number {
  return Math.ceil(length / chunkBytes);
}

/**
 * The bytes of one chunk, uncompressed.
 *
 * @param length - Bytes of the whole data.
 * @param chunkBytes - Bytes of a chunk.
 * @param chunk - Its number.
 * @returns `chunkBytes`, or less for the last one.
 */
export function rawLengthOf(length: number, chunkBytes: number, chunk: number): number {
  return Math.min(chunkBytes, length - chunk * chunkBytes);
}

/**
 * The bytes that a frame takes in a file.
 *
 * @param storedLength - The bytes of its payload.
 * @returns Head, payload and padding: a multiple of 64.
 */
export function frameBytes(storedLength: number): number {
  return alignment + align(storedLength);
}

/**
 * Places data one behind the other, without gaps.
 *
 * @param data - In the order in which they shall lie.
 * @param chunkBytes - Bytes of a chunk.
 * @param shardBytes - With it, data go to files of at most about so many bytes, numbered from 1; without it all lie in file 0.
 * @returns Where everything goes.
 */
export function layOut(data: readonly Placeable[], chunkBytes: number, shardBytes?: number): Layout {
  const dataLengths: number[] = [0];
  const pieces = data.map(({ length, compression, storedLengths }) => {
    const placed: { shard: number; offset: number; start: number; length: number; storedLengths: number[] }[] = [];
    for (let chunk = 0; chunk < chunkCount(length, chunkBytes); chunk++) {
      const raw = rawLengthOf(length, chunkBytes, chunk);
      const stored = compression === "none" ? raw : (storedLengths[chunk] as number);
      const frame = frameBytes(stored);
      const used = dataLengths.at(-1) as number;
      if (shardBytes !== undefined && used > 0 && used + frame > shardBytes) dataLengths.push(0);
      const shard = shardBytes === undefined ? 0 : dataLengths.length;
      const offset = dataLengths.at(-1) as number;
      let piece = placed.at(-1);
      if (piece?.shard !== shard) {
        piece = { shard, offset, start: chunk * chunkBytes, length: 0, storedLengths: [] };
        placed.push(piece);
      }
      piece.length += raw;
      if (compression !== "none") piece.storedLengths.push(stored);
      dataLengths[dataLengths.length - 1] = offset + frame;
    }
    return placed;
  });
  return { pieces, dataLengths };
}
