/**
 * The widest common way to read rows of bytes from two arrays.
 *
 * @param source - Rows to read.
 * @param target - Rows to write.
 * @param rowBytes - Bytes of one row.
 * @returns Both arrays, as int32 where a row is a whole number of words, and the elements of a row.
 */
export function words(
  source: Uint8Array,
  target: Uint8Array,
  rowBytes: number,
): [source: Int32Array | Uint8Array, target: Int32Array | Uint8Array, width: number] {
  if (rowBytes % 4 !== 0) return [source, target, rowBytes];
  return [asWords(source), asWords(target), rowBytes / 4];
}

function asWords(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
}
