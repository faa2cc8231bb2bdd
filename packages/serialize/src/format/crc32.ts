/** CRC-32 with the IEEE polynomial, as zlib, gzip and PNG have it. */

interface Zlib {
  readonly crc32?: (data: Uint8Array, value?: number) => number;
}

/** The remainders of each byte behind 0 to 15 zero bytes: sixteen bytes are taken at a time. */
const slices = 16;
let tables: Int32Array | undefined;

function makeTables(): Int32Array {
  const made = new Int32Array(256 * slices);
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
    made[byte] = remainder;
  }
  for (let at = 256; at < made.length; at++) {
    const before = made[at - 256] as number;
    made[at] = (before >>> 8) ^ (made[before & 255] as number);
  }
  return made;
}

/**
 * The checksum in plain TypeScript, for runtimes that have none of their own.
 *
 * @param data - The bytes.
 * @param value - The checksum of what came before; 0 when left out.
 * @returns An unsigned 32-bit number.
 */
export function plainCrc32(data: Uint8Array, value = 0): number {
  const t = (tables ??= makeTables());
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const whole = data.length - (data.length % slices);
  let crc = ~value;
  for (let i = 0; i < whole; i += slices) {
    const a = view.getInt32(i, true) ^ crc;
    const b = view.getInt32(i + 4, true);
    const c = view.getInt32(i + 8, true);
    const d = view.getInt32(i + 12, true);
    crc =
      (t[3840 + (a & 255)] as number) ^
      (t[3584 + ((a >>> 8) & 255)] as number) ^
      (t[3328 + ((a >>> 16) & 255)] as number) ^
      (t[3072 + (a >>> 24)] as number) ^
      (t[2816 + (b & 255)] as number) ^
      (t[2560 + ((b >>> 8) & 255)] as number) ^
      (t[2304 + ((b >>> 16) & 255)] as number) ^
      (t[2048 + (b >>> 24)] as number) ^
      (t[1792 + (c & 255)] as number) ^
      (t[1536 + ((c >>> 8) & 255)] as number) ^
      (t[1280 + ((c >>> 16) & 255)] as number) ^
      (t[1024 + (c >>> 24)] as number) ^
      (t[768 + (d & 255)] as number) ^
      (t[512 + ((d >>> 8) & 255)] as number) ^
      (t[256 + ((d >>> 16) & 255)] as number) ^
      (t[d >>> 24] as number);
  }
  for (let i = whole; i < data.length; i++) crc = (crc >>> 8) ^ (t[(crc ^ (data[i] as number)) & 255] as number);
  return ~crc >>> 0;
}

function findCrc32(): (data: Uint8Array, value?: number) => number {
  const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: string): unknown } };
  const zlib = process?.getBuiltinModule?.("node:zlib") as Zlib | undefined;
  return zlib?.crc32 ?? plainCrc32;
}

/** The checksum by the runtime's own zlib where it has one, else in plain TypeScript. */
export const crc32: (data: Uint8Array, value?: number) => number = findCrc32();
