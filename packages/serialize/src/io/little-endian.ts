/** Whether this machine stores numbers with the lowest byte first, as nearly all do. */
export const isLittle: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Numbers of files, which are little-endian, on whatever machine this is. */
export const littleEndian: {
  readonly copyFloats: (bytes: Uint8Array, into: Float32Array, offset: number, count: number) => void;
  readonly bytesOf: (values: ArrayBufferView & { readonly BYTES_PER_ELEMENT?: number }) => Uint8Array;
} = {
  /**
   * Copies float32 values out of the bytes of a file.
   *
   * @param bytes - Four for each value, at any address.
   * @param into - Where they go.
   * @param offset - Where in it.
   * @param count - How many.
   */
  copyFloats(bytes: Uint8Array, into: Float32Array, offset: number, count: number): void {
    const raw = new Uint8Array(into.buffer, into.byteOffset + 4 * offset, 4 * count);
    raw.set(bytes.length === raw.length ? bytes : bytes.subarray(0, raw.length));
    if (!isLittle) swapBytes(raw, 4);
  },

  /**
   * The bytes of values as a file has them.
   *
   * @param values - Any typed array.
   * @returns A view, or a swapped copy on a machine with the highest byte first.
   */
  bytesOf(values: ArrayBufferView & { readonly BYTES_PER_ELEMENT?: number }): Uint8Array {
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const { BYTES_PER_ELEMENT: width = 1 } = values;
    if (isLittle || width === 1) return raw;
    const copy = raw.slice();
    swapBytes(copy, width);
    return copy;
  },
};

/**
 * Turns the bytes of each number round, in place.
 *
 * @param bytes - The numbers.
 * @param width - Bytes of one number.
 */
export function swapBytes(bytes: Uint8Array, width: number): void {
  for (let i = 0; i < bytes.length; i += width) bytes.subarray(i, i + width).reverse();
}
