import { CheckpointFormatError, countOf } from "@rowan/api";
import { alignment, endMagic, magic, majorVersion, maxHeaderBytes, minorVersion } from "./constants.ts";
import { crc32 } from "./crc32.ts";
import { hex } from "./frame.ts";

/** What the first 64 bytes say. */
export interface Prelude {
  readonly headerLength: number;
  readonly headerChecksum: number;
}

/** Bytes of the prelude before its own checksum. */
const checkedBytes = 20;

/**
 * The first 64 bytes of a file: magic, version, length and checksum of the header, checksum of all this.
 *
 * @param header - The encoded header.
 * @returns 64 bytes.
 */
export function makePrelude(header: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(alignment);
  const view = new DataView(bytes.buffer);
  bytes.set(magic);
  view.setUint16(8, majorVersion, true);
  view.setUint16(10, minorVersion, true);
  view.setUint32(12, header.length, true);
  view.setUint32(16, crc32(header), true);
  view.setUint32(20, crc32(bytes.subarray(0, checkedBytes)), true);
  return bytes;
}

/**
 * Reads the first 64 bytes of a file.
 *
 * @param bytes - 64 bytes, or fewer where the file is shorter.
 * @param name - The file, for messages.
 * @returns What they say.
 * @throws CheckpointFormatError when it is no checkpoint, was damaged, or is of another major version.
 */
export function readPrelude(bytes: Uint8Array, name: string): Prelude {
  if (!magic.every((byte, index) => bytes[index] === byte)) {
    const start = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new CheckpointFormatError(
      `A checkpoint begins with the bytes 89 52 4f 57 41 4e 0d 0a. Received: ${start || "nothing"} at byte 0 of ${name}. It is no file of Rowan's; importTable reads the formats of other tools.`,
    );
  }
  if (bytes.length < alignment) {
    throw new CheckpointFormatError(
      `A checkpoint has at least ${alignment} bytes before its header. Received: ${countOf(bytes.length, "byte")} in ${name}. The file was cut off.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const checksum = crc32(bytes.subarray(0, checkedBytes));
  if (checksum !== view.getUint32(20, true)) {
    throw new CheckpointFormatError(
      `The checksum at byte 20 of ${name} must be that of the bytes before it, ${hex(checksum)}. Received: ${hex(view.getUint32(20, true))}. The file was damaged.`,
    );
  }
  const major = view.getUint16(8, true);
  if (major !== majorVersion) {
    throw new CheckpointFormatError(
      `This version of @rowan/serialize reads checkpoints of format version ${majorVersion}. Received: version ${major}.${view.getUint16(10, true)} at byte 8 of ${name}. Update @rowan/serialize, or save it again with the version that wrote it.`,
    );
  }
  const headerLength = view.getUint32(12, true);
  if (headerLength > maxHeaderBytes) {
    throw new CheckpointFormatError(
      `The header of a checkpoint takes at most ${maxHeaderBytes} bytes. Received: a length of ${headerLength} at byte 12 of ${name}.`,
    );
  }
  return { headerLength, headerChecksum: view.getUint32(16, true) };
}

/**
 * The last 64 bytes of a file.
 *
 * @param digest - The CRC-32 of the checksums of all frames, one after another.
 * @returns 64 bytes.
 */
export function makeEnd(digest: number): Uint8Array {
  const bytes = new Uint8Array(alignment);
  bytes.set(endMagic);
  new DataView(bytes.buffer).setUint32(8, digest, true);
  return bytes;
}

/**
 * Reads the last 64 bytes of a file.
 *
 * @param bytes - 64 bytes.
 * @param where - The place in the file, for the message.
 * @returns The digest.
 * @throws CheckpointFormatError when they are something else.
 */
export function readEnd(bytes: Uint8Array, where: string): number {
  if (!endMagic.every((byte, index) => bytes[index] === byte)) {
    throw new CheckpointFormatError(
      `A checkpoint ends with the word ROWANEND and its digest. Received: something else at ${where}. The file was damaged, or cut off.`,
    );
  }
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(8, true);
}

/** The digest of a file: the CRC-32 of the checksums of its frames, each as four little-endian bytes, in the order of the file. */
export class Digest {
  #value = 0;
  readonly #word = new DataView(new ArrayBuffer(4));

  /**
   * Takes the next frame in.
   *
   * @param checksum - Of the frame.
   */
  add(checksum: number): void {
    this.#word.setUint32(0, checksum, true);
    this.#value = crc32(new Uint8Array(this.#word.buffer), this.#value);
  }

  /** The digest of the frames so far; 0 before the first. */
  get value(): number {
    return this.#value;
  }
}
