/**
 * The next word of xoshiro128++ 1.0 (David Blackman and Sebastiano Vigna, https://prng.di.unimi.it).
 *
 * @param state - Its first four words are the state, which moves on; not all of them may be 0.
 * @returns A word from 0 to 2^32 - 1.
 */
export function nextWord(state: Int32Array): number {
  const s0 = state[0] as number;
  const s1 = state[1] as number;
  const old = state[3] as number;
  const s2 = (state[2] as number) ^ s0;
  const s3 = old ^ s1;
  state[0] = s0 ^ s3;
  state[1] = s1 ^ s2;
  state[2] = s2 ^ (s1 << 9);
  state[3] = (s3 << 11) | (s3 >>> 21);
  const sum = (s0 + old) | 0;
  return (((sum << 7) | (sum >>> 25)) + s0) >>> 0;
}

/**
 * The product of a word and a count, cut into its upper and its lower 32 bits.
 *
 * @param word - From 0 to 2^32 - 1.
 * @param count - From 0 to 2^31 - 1.
 * @returns The upper half: uniform from 0 to `count - 1` where `word` is uniform.
 */
export function scaleWord(word: number, count: number): number {
  const low = (word & 0xffff) * count;
  return Math.floor(((word >>> 16) * count + Math.floor(low / 65536)) / 65536);
}
