import { maxSentenceWords } from "./corpus.ts";

/** The most words of a job: the learning rate stays the same in it, as gensim's does for 10,000 words. */
export const jobWords: number = maxSentenceWords;

/**
 * Cuts a corpus into jobs of whole sentences.
 *
 * @param ends - Where each sentence ends; none has more than `jobWords` words.
 * @returns For each job the sentence that it ends before.
 */
export function cutJobs(ends: Uint32Array): Uint32Array {
  const jobs: number[] = [];
  let start = 0;
  for (let sentence = 0; sentence < ends.length; sentence++) {
    if ((ends[sentence] as number) - start <= jobWords) continue;
    jobs.push(sentence);
    start = ends[sentence - 1] as number;
  }
  jobs.push(ends.length);
  return Uint32Array.from(jobs);
}
