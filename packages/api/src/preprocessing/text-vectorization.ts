import { checkFlag, checkOptions, pickOptions } from "../check-options.ts";
import { InvalidArgumentError, NotBuiltError, UnsupportedOpError, describeValue } from "../errors.ts";
import { toCamelConfig } from "../config-names.ts";
import type { NDArray } from "../tensor/ndarray.ts";
import { countTokens, idsOf, padRows } from "./encode.ts";
import { resolveTextOptions, textOptionNames, vocabularyOptionNames } from "./options.ts";
import type { TextSettings, TextVectorizationOptions, VocabularyOptions } from "./options.ts";
import { TokenCounts } from "./token-counts.ts";
import { createTokenizer, type Text, type Tokenizer } from "./tokenize.ts";
import { adoptVocabulary, buildVocabulary, paddingToken, unknownToken, type Vocabulary } from "./vocabulary.ts";

/** Keras options that can only have one value here. */
const fixedOptions: readonly (readonly [name: string, value: unknown, remedy: string])[] = [
  ["sparse", false, "Use the dense output."],
  ["ragged", false, "Use `applyRagged`, which gives rows of different lengths."],
  ["encoding", "utf-8", "Strings of this language carry no encoding: decode the bytes when you read them."],
];

/**
 * Turns texts into numbers, with a vocabulary learned from texts; the numbers of `keras.layers.TextVectorization`.
 *
 * A text is made uniform, split into tokens, and each token becomes its id: 0 is padding, 1 (`"[UNK]"`) stands for every token
 * that the vocabulary does not hold, and the most frequent token is 2.
 *
 * Two things are not as in Keras: with `split: null` a flat list counts as rows of one token each, and counts come as float32.
 *
 * @example
 * const words = new TextVectorization({ maxTokens: 50, outputSequenceLength: 4 });
 * words.adapt(["Well done!", "Good work", "Poor work"]);
 * words.apply(["good work, friend"]); // NDArray [1, 4]
 */
export class TextVectorization {
  readonly className: string = "TextVectorization";
  readonly #settings: TextSettings;
  readonly #tokenize: Tokenizer;
  /** The special tokens: where tokens are counted, padding has no column. */
  readonly #special: readonly string[];
  readonly #givenVocabulary: readonly string[] | null;
  readonly #givenWeights: readonly number[] | null;
  #counts: TokenCounts;
  #vocabulary: Vocabulary | undefined;

  /**
   * @param options - All optional; the defaults are those of Keras.
   * @throws InvalidArgumentError or UnknownNameError for an option that is out of range, naming it.
   */
  constructor(options: TextVectorizationOptions = {}) {
    checkOptions("TextVectorization", options, "{ maxTokens: 1000 }", textOptionNames);
    this.#settings = resolveTextOptions(options);
    this.#tokenize = createTokenizer(this.#settings);
    this.#special = this.#settings.outputMode === "int" ? [paddingToken, unknownToken] : [unknownToken];
    this.#givenVocabulary = options.vocabulary ? [...options.vocabulary] : null;
    this.#givenWeights = options.idfWeights ? Array.from(options.idfWeights) : null;
    this.#counts = this.#newCounts();
    if (this.#givenVocabulary) this.setVocabulary(this.#givenVocabulary, this.#givenWeights ?? undefined);
    else if (this.#givenWeights)
      throw new InvalidArgumentError("`idfWeights` needs `vocabulary`. Received: vocabulary=undefined. Pass both, or call `adapt`.");
  }

  /**
   * Learns the vocabulary from texts: the most frequent tokens, among equals the later in code point order first. What was
   * learned before is replaced. Texts that do not fit in memory come from a generator, or through `updateState`.
   *
   * @param texts - Texts, or batches of texts.
   * @throws InvalidArgumentError when the vocabulary was given as an option, or something is no text.
   */
  adapt(texts: Iterable<Text>): void {
    this.resetState();
    try {
      this.updateState(texts);
      this.finalizeState();
    } finally {
      this.resetState();
    }
  }

  /** Forgets what `updateState` counted; the vocabulary stays. */
  resetState(): void {
    this.#counts = this.#newCounts();
  }

  /**
   * Counts the tokens of some texts, for a vocabulary that is learned in several parts.
   *
   * @param texts - Texts, or batches of texts.
   * @throws InvalidArgumentError when the vocabulary was given as an option, or something is no text.
   */
  updateState(texts: Iterable<Text>): void {
    if (this.#givenVocabulary) {
      throw new InvalidArgumentError(
        "`adapt` needs a layer that was made without `vocabulary`. Received: one with a given vocabulary. Leave the option out, or do not adapt.",
      );
    }
    checkIterable(texts);
    for (const text of texts) {
      // A list is one text of several tokens where nothing is split, else a batch of texts.
      const isBatch = this.#settings.split !== null && Array.isArray(text);
      const batch: readonly Text[] = isBatch ? (text as readonly string[]) : [text];
      for (const one of batch) this.#counts.add(this.#tokenize(one));
    }
  }

  /** Makes the vocabulary from what was counted, and forgets the counts; without counts it stays as it was. */
  finalizeState(): void {
    if (this.#counts.isEmpty) return;
    this.#vocabulary = this.#counts.toVocabulary(this.#special, [paddingToken], this.#settings.maxTokens);
    this.resetState();
  }

  /**
   * Takes a vocabulary over.
   *
   * @param vocabulary - The tokens, most important first, with or without the special tokens in front.
   * @param idfWeights - One weight for each of them; needed for `"tfIdf"`, else not allowed.
   * @throws InvalidArgumentError when tokens repeat, are too many, or the weights do not fit; the old vocabulary then stays.
   */
  setVocabulary(vocabulary: readonly string[], idfWeights?: ArrayLike<number>): void {
    const { outputMode, maxTokens } = this.#settings;
    if ((outputMode === "tfIdf") !== (idfWeights !== undefined)) {
      throw new InvalidArgumentError(
        `\`idfWeights\` must be given for outputMode "tfIdf", and only there. Received: outputMode="${outputMode}", idfWeights=${describeValue(idfWeights)}.`,
      );
    }
    const adopted = adoptVocabulary(vocabulary, this.#special, idfWeights);
    if (maxTokens !== undefined && adopted.tokens.length > maxTokens) {
      throw new InvalidArgumentError(
        `\`vocabulary\` must hold at most maxTokens=${maxTokens} tokens, special ones included. Received: ${adopted.tokens.length} tokens. Shorten it, or raise \`maxTokens\`.`,
      );
    }
    this.#vocabulary = adopted;
  }

  /**
   * The tokens in the order of their ids.
   *
   * @param options - `includeSpecialTokens: false` leaves out padding and `"[UNK]"`. Default true.
   * @returns A new list; before `adapt` only the special tokens.
   * @throws InvalidArgumentError for an option that does not exist or cannot be.
   */
  getVocabulary(options: VocabularyOptions = {}): string[] {
    checkOptions("getVocabulary", options, "{ includeSpecialTokens: false }", vocabularyOptionNames);
    const includesSpecial = checkFlag("includeSpecialTokens", options.includeSpecialTokens ?? true);
    return this.#known().tokens.slice(includesSpecial ? 0 : this.#special.length);
  }

  /**
   * The weight of each token in `"tfIdf"`.
   *
   * @returns One weight for each token of `getVocabulary()`, or null in other modes and before `adapt`.
   */
  getIdfWeights(): Float32Array | null {
    return this.#vocabulary?.idfWeights?.slice() ?? null;
  }

  /**
   * The number of tokens, special ones included: an Embedding's `inputDim`.
   *
   * @returns The length of `getVocabulary()`.
   */
  vocabularySize(): number {
    return this.#known().tokens.length;
  }

  /**
   * The tokens of a text, without looking them up.
   *
   * @param text - One text.
   * @returns Its tokens after `standardize`, `split` and `ngrams`.
   * @throws InvalidArgumentError when it is no text.
   */
  tokenize(text: Text): string[] {
    return [...this.#tokenize(text)];
  }

  /**
   * Texts as numbers.
   *
   * @param texts - The texts, n of them; with `split: null` also lists of tokens.
   * @returns For `"int"` int32 `[n, length]`, padded with 0; else float32 `[n, vocabularySize]` or `[n, maxTokens]`.
   * @throws NotBuiltError before there is a vocabulary; InvalidArgumentError when something is no text.
   */
  apply(texts: readonly Text[]): NDArray {
    const vocabulary = this.#ready();
    const { outputMode, outputSequenceLength, padToMaxTokens, maxTokens } = this.#settings;
    if (outputMode === "int") return padRows(this.applyRagged(texts), outputSequenceLength);
    checkIterable(texts);
    const depth = padToMaxTokens && maxTokens !== undefined ? maxTokens : vocabulary.tokens.length;
    return countTokens(Array.from(texts, this.#tokenize), vocabulary, depth, outputMode === "multiHot");
  }

  /**
   * Texts as lists of ids, each as long as its text: what bags take.
   *
   * @param texts - The texts; with `split: null` also lists of tokens.
   * @returns One list of ids a text, neither padded nor cut.
   * @throws NotBuiltError before there is a vocabulary; UnsupportedOpError in modes other than `"int"`.
   */
  applyRagged(texts: readonly Text[]): number[][] {
    const vocabulary = this.#ready();
    if (this.#settings.outputMode !== "int") {
      throw new UnsupportedOpError(
        `\`applyRagged\` needs outputMode "int". Received: outputMode="${this.#settings.outputMode}". Use \`apply\`.`,
      );
    }
    checkIterable(texts);
    return Array.from(texts, (text) => idsOf(this.#tokenize(text), vocabulary));
  }

  /**
   * The options that make an equal layer again. As in Keras a learned vocabulary is not part of it: store `getVocabulary()`
   * (and `getIdfWeights()`) beside it, and hand them to `setVocabulary`.
   *
   * @returns Plain data in camelCase.
   * @throws UnsupportedOpError when `standardize` or `split` is a function, which has no written form.
   */
  getConfig(): Record<string, unknown> {
    const { maxTokens, standardize, split, ngrams, outputMode, outputSequenceLength, padToMaxTokens } = this.#settings;
    for (const [name, value] of Object.entries({ standardize, split })) {
      if (typeof value === "function") {
        throw new UnsupportedOpError(
          `A layer can be written down only when its options are data. Received: ${name}=${describeValue(value)}. Use one of the names, or make the layer in code.`,
        );
      }
    }
    return {
      maxTokens: maxTokens ?? null,
      standardize,
      split,
      ngrams,
      outputMode,
      outputSequenceLength: outputSequenceLength ?? null,
      padToMaxTokens,
      vocabulary: this.#givenVocabulary,
      idfWeights: this.#givenWeights,
    };
  }

  /**
   * Makes a layer from a configuration.
   *
   * @param config - What `getConfig` gave, here or in Keras.
   * @returns The layer; a vocabulary that was learned must be set again.
   * @throws UnsupportedOpError for `sparse`, `ragged` and encodings other than UTF-8, with what to use instead.
   */
  static fromConfig(config: Readonly<Record<string, unknown>>): TextVectorization {
    const options = toCamelConfig(config);
    for (const [name, value, remedy] of fixedOptions) {
      const received = options[name] ?? value;
      if (received !== value)
        throw new UnsupportedOpError(
          `\`${name}\` must be ${describeValue(value)}. Received: ${name}=${describeValue(received)}. ${remedy}`,
        );
    }
    return new TextVectorization(pickOptions(options, textOptionNames));
  }

  #newCounts(): TokenCounts {
    return new TokenCounts(this.#settings.outputMode === "tfIdf");
  }

  #known(): Vocabulary {
    return this.#vocabulary ?? buildVocabulary(this.#special, []);
  }

  #ready(): Vocabulary {
    if (this.#vocabulary) return this.#vocabulary;
    throw new NotBuiltError(
      "Texts can be looked up once there is a vocabulary. Received: a TextVectorization without one. Call `adapt(texts)` or `setVocabulary(tokens)` first.",
    );
  }
}

function checkIterable(texts: unknown): void {
  if (typeof texts === "object" && texts !== null && Symbol.iterator in texts) return;
  throw new InvalidArgumentError(
    `\`texts\` must be a list of strings. Received: texts=${describeValue(texts)}. Put a single text into a list: [text].`,
  );
}
