import { InvalidArgumentError, checkOptions, checkPositiveInteger, countOf, describeValue } from "@rowan/api";

/** Sentences: each a list of words. */
export type Sentences = Iterable<readonly string[]> | AsyncIterable<readonly string[]>;

/** Which words a corpus knows. */
export interface WordCorpusOptions {
  /** Words that occur less often are left out, as if they did not stand in their sentences. Default: 5. */
  readonly minCount?: number;
  /** The most words that the vocabulary gets, the most frequent ones. Default: no limit. */
  readonly maxWords?: number;
  /** A vocabulary that is given: these words and no others, in this order. */
  readonly vocabulary?: readonly string[];
}

/** A sentence's end comes after so many words at the latest; a longer one goes on as another. */
export const maxSentenceWords = 10_000;

/** The most words, so that places fit 32 bits. */
const maxCorpusWords = 2 ** 31;

/** For programs without types: a line that was not split would be taken letter by letter. */
function isSentence(words: unknown): boolean {
  return Array.isArray(words) && (words.length === 0 || typeof words[0] === "string");
}

/** Numbers that grow in number, in pieces. */
class Growing {
  readonly pieces: Int32Array[] = [];
  length = 0;
  #last = new Int32Array(0);
  #used = 0;

  push(value: number): void {
    if (this.#used === this.#last.length) {
      this.#last = new Int32Array(65536);
      this.pieces.push(this.#last);
      this.#used = 0;
    }
    this.#last[this.#used++] = value;
    this.length++;
  }
}

/** Text as numbers: the vocabulary by falling count, and the sentences as places in it. Four bytes a word. */
export class WordCorpus {
  /** The words, the most frequent first; among equals the one that came first. */
  readonly words: readonly string[];
  /** How often each occurs. */
  readonly counts: Uint32Array;
  /** `[length]`, all words of all sentences, in memory that threads share where the runtime has it. */
  readonly ids: Int32Array;
  /** Where each sentence ends in `ids`. Sentences of more than 10,000 words are cut; empty ones are left out. */
  readonly ends: Uint32Array;
  /** Words that were read, with those that the vocabulary does not have. */
  readonly wordsRead: number;

  private constructor(words: readonly string[], counts: Uint32Array, ids: Int32Array, ends: Uint32Array, wordsRead: number) {
    this.words = words;
    this.counts = counts;
    this.ids = ids;
    this.ends = ends;
    this.wordsRead = wordsRead;
  }

  /**
   * Reads sentences once, counts their words and turns them into numbers.
   *
   * @param sentences - Lists of words, at once or as they come.
   * @param options - Which words are known.
   * @returns The corpus.
   * @throws InvalidArgumentError for a sentence that is no list of words, and when no word is left.
   * @example
   * const corpus = await WordCorpus.from([["the", "white", "whale"]], { minCount: 1 });
   */
  static async from(sentences: Sentences, options: WordCorpusOptions = {}): Promise<WordCorpus> {
    checkOptions("WordCorpus.from", options, "{ minCount: 1 }", [
      "minCount",
      "maxWords",
      "vocabulary",
    ] satisfies (keyof WordCorpusOptions)[]);
    const minCount = checkPositiveInteger("minCount", options.minCount ?? 5);
    const maxWords = checkPositiveInteger("maxWords", options.maxWords ?? 2 ** 31 - 1);
    const places = new Map<string, number>((options.vocabulary ?? []).map((word, place) => [word, place]));
    if (options.vocabulary !== undefined && places.size !== options.vocabulary.length) {
      throw new InvalidArgumentError(
        `The words of \`vocabulary\` must differ. Received: ${countOf(options.vocabulary.length, "word")}, ${countOf(places.size, "different one")}. Leave the repeated ones out.`,
      );
    }
    const tokens = new Growing();
    const lengths = new Growing();
    const counts: number[] = Array.from(places, () => 0);
    let wordsRead = 0;
    let sentence = 0;
    const take = (words: readonly string[]): void => {
      if (!isSentence(words)) {
        throw new InvalidArgumentError(
          `A sentence must be an array of words. Received: ${describeValue(words)} as sentence ${sentence}. Split it: text.split(" ").`,
        );
      }
      sentence++;
      wordsRead += words.length;
      const before = tokens.length;
      for (const word of words) {
        let place = places.get(word);
        if (place === undefined) {
          if (options.vocabulary !== undefined) continue;
          place = places.size;
          places.set(word, place);
          counts.push(0);
        }
        counts[place] = (counts[place] as number) + 1;
        tokens.push(place);
      }
      if (tokens.length > before) lengths.push(tokens.length - before);
      if (tokens.length > maxCorpusWords) {
        throw new InvalidArgumentError(`A corpus holds at most ${maxCorpusWords} words. Received: more. Train on a part of it.`);
      }
    };
    if (Symbol.asyncIterator in sentences) for await (const words of sentences) take(words);
    else for (const words of sentences) take(words);

    const all = [...places.keys()];
    const order =
      options.vocabulary === undefined
        ? [...all.keys()]
            .filter((place) => (counts[place] as number) >= minCount)
            .sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b)
            .slice(0, maxWords)
        : [...all.keys()];
    const ranks = new Int32Array(all.length).fill(-1);
    order.forEach((place, rank) => (ranks[place] = rank));
    const { ids, ends } = encode(tokens, lengths, ranks);
    if (ids.length === 0) {
      throw new InvalidArgumentError(
        `A corpus must have words. Received: ${countOf(wordsRead, "word")}, of which none occurs minCount=${minCount} times. Use more text, or a smaller minCount.`,
      );
    }
    return new WordCorpus(
      order.map((place) => all[place] as string),
      Uint32Array.from(order, (place) => counts[place] as number),
      ids,
      ends,
      wordsRead,
    );
  }
}

/** Numbers all words anew, and leaves those out that have no number any more. */
function encode(tokens: Growing, lengths: Growing, ranks: Int32Array): { ids: Int32Array; ends: Uint32Array } {
  let length = 0;
  let rest = tokens.length;
  for (const piece of tokens.pieces) {
    const used = Math.min(rest, piece.length);
    rest -= used;
    for (let i = 0; i < used; i++) if ((ranks[piece[i] as number] as number) >= 0) length++;
  }
  const bytes = 4 * length;
  const shared = typeof SharedArrayBuffer === "undefined" ? new ArrayBuffer(bytes) : new SharedArrayBuffer(bytes);
  const ids = new Int32Array(shared);
  const ends: number[] = [];
  let [at, sentence, left] = [0, 0, 0];
  let start = 0;
  let seen = 0;
  for (const piece of tokens.pieces) {
    for (let i = 0; i < piece.length && seen < tokens.length; i++, seen++) {
      if (left === 0) left = lengths.pieces[sentence >>> 16]?.[sentence++ & 65535] as number;
      const rank = ranks[piece[i] as number] as number;
      if (rank >= 0) ids[at++] = rank;
      left--;
      if (at > start && (left === 0 || at - start === maxSentenceWords)) {
        ends.push(at);
        start = at;
      }
    }
  }
  return { ids, ends: Uint32Array.from(ends) };
}
