/** The numbers of the format, version 1; docs/checkpoint-format.md explains them. */

/** `\x89ROWAN\r\n`: no text file begins like this, and a transfer that changes line ends or drops the high bit shows at once. */
export const magic: Uint8Array = Uint8Array.of(0x89, 0x52, 0x4f, 0x57, 0x41, 0x4e, 0x0d, 0x0a);

/** `ROWANEND`, at the start of the last 64 bytes. */
export const endMagic: Uint8Array = Uint8Array.of(0x52, 0x4f, 0x57, 0x41, 0x4e, 0x45, 0x4e, 0x44);

/** Readers refuse another major version, and read files of any minor version of theirs. */
export const majorVersion = 1;
/** What this package writes. */
export const minorVersion = 0;

/** Everything begins at a multiple of so many bytes; also the size of the prelude, of the head of a frame, and of the end. */
export const alignment = 64;
/** The bytes of a tensor in one chunk, unless a writer chooses fewer. */
export const defaultChunkBytes = 262_144;
/** The largest header that is read or written: what is large goes into chunks. */
export const maxHeaderBytes = 8_388_608;
/** Files are read and written in blocks of about this size. */
export const blockBytes = 4_194_304;
/** No byte of a deflated stream stands for more bytes than this. */
export const maxDeflateRatio = 1032;

/**
 * The next multiple of 64.
 *
 * @param bytes - A length or an offset.
 * @returns The same number where it is one.
 */
export function align(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
