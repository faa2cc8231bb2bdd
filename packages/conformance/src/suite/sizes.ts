/** Lengths around every remainder of vectors of 4 and 16, tile edges, primes, nothing and one. */
export const lengths: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 13, 15, 16, 17, 31, 33, 63, 64, 65, 127, 1031];

/** Row lengths: rows that start on no boundary, on one of 16 bytes, and longer than any register block. */
export const rowLengths: readonly number[] = [1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 17, 31, 64, 65, 131];

/** Where float functions tend to break: not a number, infinities, zeros of both signs, the largest and smallest normal numbers. */
export const specials: readonly number[] = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -0.5, 3.4e38, -3.4e38, 1.2e-38, -1.2e-38];

/**
 * Values with special ones strewn among them.
 *
 * @param values - Ordinary values; they stay as they are.
 * @returns A copy in which every seventh element is special.
 */
export function withSpecials(values: Float32Array): Float32Array {
  return values.map((value, i) => (i % 7 === 3 ? (specials[Math.floor(i / 7) % specials.length] as number) : value));
}
