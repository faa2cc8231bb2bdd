const twoTo32 = 4294967296;

/**
 * How many of 2^32 occurrences of each word stay in their sentences, less one.
 *
 * @param counts - How often each word occurs.
 * @param total - The words of the corpus.
 * @param sample - The share of the corpus above which words are thinned out; 0 keeps all.
 * @param keep - Room for the result.
 */
export function fillKeep(counts: Uint32Array, total: number, sample: number, keep: Int32Array): void {
  const threshold = sample * total;
  for (let word = 0; word < counts.length; word++) {
    const count = counts[word] as number;
    // Mikolov's formula as his program has it: (sqrt(f / s) + 1) * s / f.
    const chance = sample === 0 ? 1 : (Math.sqrt(count / threshold) + 1) * (threshold / count);
    keep[word] = Math.min(twoTo32 - 1, Math.max(0, Math.floor(chance * twoTo32) - 1));
  }
}

/**
 * The alias table of the noise (Walker's method as Vose builds it): a draw costs one random word whatever the size of the vocabulary.
 *
 * @param counts - How often each word occurs.
 * @param exponent - The power of a count that a word is drawn by.
 * @param chances - Room for how many of 2^32 draws of each place are its own word.
 * @param aliases - Room for whose the others are.
 */
export function fillNoise(counts: Uint32Array, exponent: number, chances: Int32Array, aliases: Int32Array): void {
  const size = counts.length;
  const weights = Float64Array.from(counts, (count) => (count === 0 ? 0 : count ** exponent));
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / size;
  const [low, high]: [number[], number[]] = [[], []];
  for (let word = 0; word < size; word++) {
    weights[word] = (weights[word] as number) / mean;
    ((weights[word] as number) < 1 ? low : high).push(word);
  }
  while (low.length > 0 && high.length > 0) {
    const short = low.pop() as number;
    const long = high.at(-1) as number;
    chances[short] = Math.min(twoTo32 - 1, Math.round((weights[short] as number) * twoTo32));
    aliases[short] = long;
    weights[long] = (weights[long] as number) - (1 - (weights[short] as number));
    if (weights[long] < 1) low.push(high.pop() as number);
  }
  for (const word of [...low, ...high]) {
    chances[word] = twoTo32 - 1;
    aliases[word] = word;
  }
}
