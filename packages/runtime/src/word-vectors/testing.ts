/**
 * A corpus with a known structure: topics of ten words each, and sentences whose words all come from one topic. Words of a topic
 * belong together, words of different topics do not.
 *
 * @param topics - How many topics.
 * @param sentences - How many sentences of eight words.
 * @returns The sentences; word `t3w7` is word 7 of topic 3.
 */
export function topicSentences(topics: number, sentences: number): string[][] {
  let state = 12345;
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: sentences }, () => {
    const topic = next(topics);
    return Array.from({ length: 8 }, () => `t${topic}w${next(10)}`);
  });
}

/**
 * How well vectors know the topics.
 *
 * @param words - The vocabulary of `topicSentences`.
 * @param vectors - `[words, size]`.
 * @param size - The length of a vector.
 * @returns The share of words whose nearest word by cosine is of their own topic.
 */
export function topicScore(words: readonly string[], vectors: ArrayLike<number>, size: number): number {
  const dot = (a: number, b: number): number => {
    let sum = 0;
    for (let j = 0; j < size; j++) sum += (vectors[a * size + j] as number) * (vectors[b * size + j] as number);
    return sum;
  };
  const topic = (word: number): string => (words[word] as string).split("w")[0] as string;
  let right = 0;
  for (let a = 0; a < words.length; a++) {
    let [best, nearest] = [-Infinity, a];
    for (let b = 0; b < words.length; b++) {
      const score = dot(a, b) / Math.sqrt(dot(b, b));
      if (b !== a && score > best) [best, nearest] = [score, b];
    }
    if (topic(nearest) === topic(a)) right++;
  }
  return right / words.length;
}
