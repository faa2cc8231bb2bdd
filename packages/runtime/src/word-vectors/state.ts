/** Word vectors between two epochs: what training needs to go on. */
export interface WordVectorState {
  /** How many epochs are done. */
  readonly epoch: number;
  /** `[words, vectorSize]`, the vectors. */
  readonly vectors: Float32Array;
  /** `[words, vectorSize]`, the vectors of words as they are predicted. */
  readonly outputs: Float32Array;
}

/**
 * Takes rows out of wider ones.
 *
 * @param rows - `[count, columns]`.
 * @param columns - Their length in memory.
 * @param size - Their length without padding.
 * @returns `[count, size]`, a copy.
 */
export function packRows(rows: Float32Array, columns: number, size: number): Float32Array {
  const count = rows.length / columns;
  const packed = new Float32Array(count * size);
  for (let row = 0; row < count; row++) packed.set(rows.subarray(row * columns, row * columns + size), row * size);
  return packed;
}

/**
 * Puts rows into wider ones.
 *
 * @param packed - `[count, size]`.
 * @param rows - `[count, columns]`, which gets them; its padding is not touched.
 * @param columns - The length of a row in memory.
 * @param size - Its length without padding.
 */
export function unpackRows(packed: Float32Array, rows: Float32Array, columns: number, size: number): void {
  for (let row = 0; row * size < packed.length; row++) rows.set(packed.subarray(row * size, (row + 1) * size), row * columns);
}
