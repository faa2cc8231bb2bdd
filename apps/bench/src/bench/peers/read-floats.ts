import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** One read takes so many bytes; Node refuses reads of 2 GiB and more. */
const mostBytes = 2 ** 28;

/**
 * A file of float32 values, of any size that an array can have.
 *
 * @param path - The file; this machine's byte order.
 */
export function readFloats(path: string): Float32Array {
  const file = openSync(path, "r");
  try {
    const floats = new Float32Array(Math.floor(fstatSync(file).size / 4));
    const bytes = new Uint8Array(floats.buffer);
    for (let at = 0; at < bytes.length;) {
      const read = readSync(file, bytes, at, Math.min(mostBytes, bytes.length - at), at);
      if (read === 0) throw new Error(`${path} ended at byte ${at} of ${bytes.length}`);
      at += read;
    }
    return floats;
  } finally {
    closeSync(file);
  }
}
