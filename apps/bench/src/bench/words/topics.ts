import { randomNumbers } from "../data.ts";

/** Words of a topic, words that belong to none, and words of a sentence. */
const [topicWords, commonWords, sentenceWords] = [50, 500, 14];

/**
 * A corpus with a known structure: each sentence has a topic, and every other of its words comes from there; the others come from words
 * that all topics share. Within both, some words are frequent and most are rare, as in a language.
 *
 * @param topics - How many topics.
 * @param sentences - How many sentences.
 * @returns Sentences; `t3w7` is word 7 of topic 3, `c9` belongs to none.
 */
export function makeTopics(topics: number, sentences: number): string[][] {
  const random = randomNumbers(0x1234567);
  // floor(n^u): word k comes about 1 / k as often as the first.
  const draw = (count: number): number => Math.min(count, Math.floor((count + 1) ** random())) - 1;
  return Array.from({ length: sentences }, () => {
    const topic = Math.floor(random() * topics);
    return Array.from({ length: sentenceWords }, () => (random() < 0.5 ? `t${topic}w${draw(topicWords)}` : `c${draw(commonWords)}`));
  });
}

/**
 * How well a training knows the topics.
 *
 * @param words - The vocabulary of `makeTopics`.
 * @param near - For each word its nearest ones, as numbers in the vocabulary.
 * @returns Of the nearest words of words with a topic, the share that has the same one.
 */
export function topicShare(words: readonly string[], near: readonly (readonly number[])[]): number {
  const topic = words.map((word) => /^(t\d+)w/.exec(word)?.[1]);
  let [same, all] = [0, 0];
  near.forEach((list, word) => {
    if (topic[word] === undefined) return;
    all += list.length;
    same += list.filter((other) => topic[other] === topic[word]).length;
  });
  return same / all;
}
