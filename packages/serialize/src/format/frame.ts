import { CheckpointFormatError, countOf } from "@rowan/api";
import { alignment } from "./constants.ts";
import { crc32 } from "./crc32.ts";

/** Which chunk of which data a frame holds. */
export interface FrameKey {
  /** The place of the tensor among the tensors, or behind them that of the asset. */
  readonly entry: number;
  /** The number of the chunk in the whole data. */
  readonly chunk: number;
  /** Its bytes, uncompressed. */
  readonly rawLength: number;
  /** Its bytes in the file. */
  readonly storedLength: number;
}

/** The part of a frame's head that the checksum covers before the payload. */
const checkedHeadBytes = 16;

/**
 * Writes the head of a frame: stored length, raw length, entry, chunk, and the CRC-32 of these 16 bytes and the payload.
 *
 * @param frame - 64 bytes for the head, then the payload.
 * @param key - What the frame holds.
 * @returns The checksum.
 */
export function sealFrame(frame: Uint8Array, key: FrameKey): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  frame.fill(0, 0, alignment);
  view.setUint32(0, key.storedLength, true);
  view.setUint32(4, key.rawLength, true);
  view.setUint32(8, key.entry, true);
  view.setUint32(12, key.chunk, true);
  const crc = frameChecksum(frame, key.storedLength);
  view.setUint32(16, crc, true);
  return crc;
}

function frameChecksum(frame: Uint8Array, storedLength: number): number {
  return crc32(frame.subarray(alignment, alignment + storedLength), crc32(frame.subarray(0, checkedHeadBytes)));
}

/**
 * Checks that a frame is the one that belongs here, and that its payload is what was written.
 *
 * @param frame - 64 bytes of head, then the payload.
 * @param key - What it must hold.
 * @param where - The place in the file, for the message.
 * @returns The checksum.
 * @throws CheckpointFormatError when it is another, or damaged.
 */
export function checkFrame(frame: Uint8Array, key: FrameKey, where: () => string): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const { storedLength, rawLength, entry, chunk } = key;
  const found = [0, 4, 8, 12].map((at) => view.getUint32(at, true));
  if ([storedLength, rawLength, entry, chunk].some((value, index) => value !== found[index])) {
    throw new CheckpointFormatError(
      `The frame at ${where()} must hold chunk ${chunk} of entry ${entry}, ${countOf(storedLength, "byte")} for ${rawLength}. Received: chunk ${found[3]} of entry ${found[2]}, ${countOf(found[0] as number, "byte")} for ${found[1]}. The file was damaged, or is a mixture of two.`,
    );
  }
  const crc = frameChecksum(frame, storedLength);
  const expected = view.getUint32(16, true);
  if (crc !== expected) {
    throw new CheckpointFormatError(
      `The checksum of chunk ${chunk} at ${where()} must be ${hex(expected)}. Received: bytes whose CRC-32 is ${hex(crc)}. The file was damaged; take an earlier checkpoint.`,
    );
  }
  return crc;
}

/**
 * A checksum as people compare it.
 *
 * @param value - An unsigned 32-bit number.
 * @returns Eight digits.
 */
export function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
