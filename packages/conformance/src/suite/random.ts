/** Reproducible input: the same seed gives the same numbers everywhere. */
export interface Random {
  /** An integer from 0 to `below - 1`. */
  int(below: number): number;
  /** Float32 values, evenly spread from `low` to `high`. */
  floats(length: number, low?: number, high?: number): Float32Array;
  /** Whole numbers from `low` to `high`, both included. */
  integers(length: number, low: number, high: number): Int32Array;
  /** Valid ids of a table; the first and the last row are among them when there is room. */
  ids(length: number, rows: number): Int32Array;
  /** Ids that occur at most once each, in no order. */
  uniqueIds(length: number, rows: number): Int32Array;
}

/**
 * A generator for test input (xorshift with 32 bits, Marsaglia 2003).
 *
 * @param seed - Any text, such as the name of the test.
 * @returns The generator, at its start.
 */
export function createRandom(seed: string): Random {
  let state = 2_463_534_242;
  for (const character of seed) state = (Math.imul(state, 31) + (character.codePointAt(0) ?? 0)) | 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 8; i++) next();
  const int = (below: number): number => Math.floor(next() * below);
  return {
    int,
    floats: (length, low = -1, high = 1) => Float32Array.from({ length }, () => low + next() * (high - low)),
    integers: (length, low, high) => Int32Array.from({ length }, () => low + int(high - low + 1)),
    ids(length, rows) {
      const ids = Int32Array.from({ length }, () => int(rows));
      if (length > 1) ids.set([rows - 1, 0], int(length - 1));
      return ids;
    },
    uniqueIds(length, rows) {
      const all = Int32Array.from({ length: rows }, (_, row) => row);
      for (let i = 0; i < length; i++) {
        const other = i + int(rows - i);
        [all[i], all[other]] = [all[other] as number, all[i] as number];
      }
      return all.slice(0, length);
    },
  };
}
