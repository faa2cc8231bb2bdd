import { alignment, blockBytes } from "../format/constants.ts";
import type { StoredBytes } from "../format/header.ts";
import { chunkCount, frameBytes, rawLengthOf } from "../format/layout.ts";
import type { FrameKey } from "../format/frame.ts";

/** A frame and where it lies. */
export interface PlacedFrame extends FrameKey {
  /** The file: 0, or the number of a shard. */
  readonly file: number;
  /** Its place, from the start of the file's data on. */
  readonly offset: number;
}

/** Frames that lie one behind the other in one file. */
export interface FrameBlock {
  readonly file: number;
  readonly offset: number;
  readonly length: number;
  readonly frames: readonly PlacedFrame[];
}

/**
 * The frames of some chunks of one tensor or asset.
 *
 * @param stored - A checked description.
 * @param entry - Its place among tensors and assets.
 * @param chunkBytes - Bytes of a chunk.
 * @param range - The first chunk, and the one behind the last.
 * @yields The frames in the order of the data.
 */
export function* framesOf(
  stored: StoredBytes,
  entry: number,
  chunkBytes: number,
  [from, to]: readonly [from: number, to: number],
): Generator<PlacedFrame> {
  const { length, compression, pieces } = stored;
  for (const piece of pieces) {
    const first = piece.start / chunkBytes;
    const end = first + chunkCount(piece.length, chunkBytes);
    if (end <= from) continue;
    if (first >= to) return;
    const isPlain = compression === "none";
    // Frames of whole chunks have one size; compressed ones must be counted up.
    let chunk = isPlain ? Math.max(first, from) : first;
    let offset = piece.offset + (chunk - first) * frameBytes(chunkBytes);
    for (; chunk < Math.min(end, to); chunk++) {
      const rawLength = rawLengthOf(length, chunkBytes, chunk);
      const storedLength = isPlain ? rawLength : (piece.storedLengths[chunk - first] as number);
      if (chunk >= from) yield { entry, chunk, rawLength, storedLength, file: piece.shard, offset };
      offset += frameBytes(storedLength);
    }
  }
}

/**
 * Joins frames to blocks that are read at once.
 *
 * @param frames - In any order.
 * @yields Blocks of at most four MiB, or of one frame.
 */
export function* blocksOf(frames: Iterable<PlacedFrame>): Generator<FrameBlock> {
  let block: { file: number; offset: number; length: number; frames: PlacedFrame[] } | undefined;
  for (const frame of frames) {
    const bytes = frameBytes(frame.storedLength);
    if (block?.file === frame.file && block.offset + block.length === frame.offset && block.length + bytes <= blockBytes) {
      block.frames.push(frame);
      block.length += bytes;
      continue;
    }
    if (block) yield block;
    block = { file: frame.file, offset: frame.offset, length: bytes, frames: [frame] };
  }
  if (block) yield block;
}

/** Memory that holds any block. */
export const largestBlock: number = blockBytes + 2 * alignment;
