import { portableLog } from "../random/index.ts";
import { rankTokens } from "./rank-tokens.ts";
import { buildVocabulary, type Vocabulary } from "./vocabulary.ts";

/** What is counted while texts go by, and the vocabulary that follows from it. */
export class TokenCounts {
  readonly #occurrences = new Map<string, number>();
  readonly #documents = new Map<string, number>();
  readonly #countsDocuments: boolean;
  #documentCount = 0;

  /**
   * @param countsDocuments - Whether tf-idf weights will be wanted, which need the number of texts that hold a token.
   */
  constructor(countsDocuments: boolean) {
    this.#countsDocuments = countsDocuments;
  }

  /** Whether nothing was counted yet. */
  get isEmpty(): boolean {
    return this.#occurrences.size === 0;
  }

  /**
   * Counts one text.
   *
   * @param tokens - Its tokens.
   */
  add(tokens: readonly string[]): void {
    for (const token of tokens) this.#occurrences.set(token, (this.#occurrences.get(token) ?? 0) + 1);
    if (!this.#countsDocuments) return;
    this.#documentCount++;
    for (const token of new Set(tokens)) this.#documents.set(token, (this.#documents.get(token) ?? 0) + 1);
  }

  /**
   * The vocabulary of what was counted.
   *
   * @param special - The special tokens; they count towards `maxTokens`, and are no words where they occur in texts.
   * @param reserved - Tokens that are no words, beyond the special ones.
   * @param maxTokens - The most tokens, or undefined for all.
   * @returns The most frequent words; with tf-idf weights where texts were counted.
   */
  toVocabulary(special: readonly string[], reserved: readonly string[], maxTokens: number | undefined): Vocabulary {
    const excluded = new Set([...special, ...reserved]);
    const limit = maxTokens === undefined ? Infinity : Math.max(0, maxTokens - special.length);
    const words = rankTokens(this.#occurrences)
      .filter((token) => !excluded.has(token))
      .slice(0, limit);
    return buildVocabulary(special, words, this.#countsDocuments ? this.#inverseFrequencies(special.length, words) : undefined);
  }

  /** log(1 + texts / (1 + texts that hold the word)); special tokens get the mean (keras index_lookup.py). */
  #inverseFrequencies(specialCount: number, words: readonly string[]): Float32Array {
    const weights = new Float32Array(specialCount + words.length);
    let sum = 0;
    words.forEach((word, i) => {
      const weight = Math.fround(portableLog(1 + this.#documentCount / (1 + (this.#documents.get(word) ?? 0))));
      weights[specialCount + i] = weight;
      sum += weight;
    });
    return weights.fill(words.length > 0 ? sum / words.length : 0, 0, specialCount);
  }
}
