import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";

/** Bytes that are looked at together. */
const pieceBytes = 1 << 16;

/**
 * A checksum of samples of a file's beginning: whoever goes on with what was written does not read all of it again, which may be tens of
 * gigabytes. The samples are the first bytes, the last ones, and pieces between at distances from the end that double, as what was
 * written last is what a crash harms.
 *
 * @param path - The file.
 * @param bytes - How much of it counts; what is behind may change.
 * @returns CRC-32 of the samples; they depend on `bytes` alone.
 * @throws The system's error where the file cannot be read.
 */
export async function sampleChecksum(path: string, bytes: number): Promise<number> {
  const starts = [0];
  for (let distance = pieceBytes; distance < bytes; distance *= 2) starts.push(bytes - distance);
  const file = await open(path);
  try {
    const piece = new Uint8Array(pieceBytes);
    let checksum = 0;
    for (const start of starts) {
      const { bytesRead } = await file.read(piece, 0, Math.min(pieceBytes, bytes - start), start);
      checksum = crc32(piece.subarray(0, bytesRead), checksum);
    }
    return checksum;
  } finally {
    await file.close();
  }
}
