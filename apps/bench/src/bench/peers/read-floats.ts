import { readFileSync } from "node:fs";

/**
 * A file of float32 values.
 *
 * @param path - The file; this machine's byte order.
 */
export function readFloats(path: string): Float32Array {
  const bytes = readFileSync(path);
  // A small file's bytes may lie anywhere in a block that Node shares out.
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
