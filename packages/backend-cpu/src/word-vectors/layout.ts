import { outOfMemory } from "../out-of-memory.ts";

/** What the training of word vectors needs memory for. */
export interface WordVectorPlan {
  /** How many words the vocabulary has. */
  readonly words: number;
  /** The length of a vector. */
  readonly vectorSize: number;
  /** The most words on either side that can be near. */
  readonly window: number;
  /** Words of noise for each word that is predicted. */
  readonly negatives: number;
  /** Whether a word is predicted from the mean of the words near it, instead of from each of them. */
  readonly bags: boolean;
  /** The most words that one call of `train` gets. */
  readonly jobWords: number;
  /** How many threads work on the same vectors, each with room of its own. */
  readonly threads: number;
  /**
   * Of so many of the first words, the most frequent ones, each thread has copies of its own, so that rows do not go from one core's
   * cache to another's each time that they move. Default: 0.
   */
  readonly copied?: number;
  /**
   * Of how many words each thread draws its noise, which it replaces after four uses in the mean: rows of noise then stay near a thread
   * instead of going from core to core with each draw. Default: 0, each word from the whole vocabulary.
   */
  readonly pooled?: number;
}

/** Where everything lies, in bytes from the start of the memory. */
export interface WordVectorLayout {
  /** Elements from one row to the next: the vector's length, rounded up to whole lanes. */
  readonly columns: number;
  readonly curve: number;
  readonly keep: number;
  readonly chances: number;
  readonly aliases: number;
  readonly input: number;
  readonly output: number;
  /** Each thread's own room. */
  readonly own: readonly {
    readonly ids: number;
    readonly ends: number;
    readonly kept: number;
    readonly targets: number;
    readonly room: number;
    readonly pool: number;
    readonly state: number;
    /** Copies of the first rows, and these rows as they were fetched. */
    readonly inputCopies: number;
    readonly outputCopies: number;
    /** How often each copy may still move. */
    readonly inputLeft: number;
    readonly outputLeft: number;
  }[];
  readonly bytes: number;
}

/** Pairs of numbers in the curve: from -16 to 16 in steps of 1/64, and one more to interpolate towards. */
export const curvePairs = 2050;

/** An address is 32 bits. */
const limit = 2 ** 32 - 65536;

/**
 * Places all arrays one after another, each at a multiple of 64 bytes.
 *
 * @param plan - What is to be trained.
 * @returns The places.
 * @throws OutOfMemoryError when they end beyond 4 GiB.
 */
export function placeWordVectors(plan: WordVectorPlan): WordVectorLayout {
  const columns = Math.ceil(plan.vectorSize / 4) * 4;
  const copied = plan.copied ?? 0;
  let end = 0;
  const place = (elements: number): number => {
    const start = end;
    end += Math.ceil((elements * 4) / 64) * 64;
    return start;
  };
  const [curve, keep, chances, aliases] = [place(2 * curvePairs), place(plan.words), place(plan.words), place(plan.words)];
  const [input, output] = [place(plan.words * columns), place(plan.words * columns)];
  const own = Array.from({ length: plan.threads }, () => ({
    ids: place(plan.jobWords),
    ends: place(plan.jobWords),
    kept: place(plan.jobWords),
    targets: place(plan.negatives + 1),
    room: place(2 * columns + plan.negatives + 1),
    pool: place(plan.pooled ?? 0),
    state: place(6),
    inputCopies: place(2 * copied * columns),
    outputCopies: place(2 * copied * columns),
    inputLeft: place(copied),
    outputLeft: place(copied),
  }));
  if (end > limit) throw outOfMemory(end, 0, limit);
  return { columns, curve, keep, chances, aliases, input, output, own, bytes: end };
}
