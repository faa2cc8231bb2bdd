import { countOf } from "../count-of.ts";
import { InvalidArgumentError, describeValue } from "../errors.ts";

/** The token of a place that holds no word; id 0 where ids come out. */
export const paddingToken = "";
/** The token of every word that the vocabulary does not hold. */
export const unknownToken = "[UNK]";

/** Tokens and their ids: first the special tokens, then the words. */
export interface Vocabulary {
  /** All tokens; a token's place is its id. */
  readonly tokens: readonly string[];
  /** The ids of the words, without the special tokens. */
  readonly ids: ReadonlyMap<string, number>;
  /** The weight of each token in tf-idf, one for each of `tokens`; only where it was asked for. */
  readonly idfWeights: Float32Array | undefined;
}

/**
 * Numbers words.
 *
 * @param special - The special tokens, which get the first ids.
 * @param words - The words, each once.
 * @param idfWeights - One weight for each token, special ones included.
 * @returns The vocabulary.
 */
export function buildVocabulary(special: readonly string[], words: readonly string[], idfWeights?: Float32Array): Vocabulary {
  const ids = new Map<string, number>();
  words.forEach((word, i) => ids.set(word, special.length + i));
  return { tokens: [...special, ...words], ids, idfWeights };
}

function checkTokens(tokens: readonly unknown[], special: readonly string[]): asserts tokens is readonly string[] {
  if (!Array.isArray(tokens) || tokens.length === 0 || !tokens.every((token) => typeof token === "string")) {
    throw new InvalidArgumentError(`\`vocabulary\` must be a non-empty list of strings. Received: vocabulary=${describeValue(tokens)}.`);
  }
  const seen = new Set<unknown>();
  const repeated = new Set<unknown>();
  for (const token of tokens) (seen.has(token) ? repeated : seen).add(token);
  if (repeated.size > 0) {
    const shown = [...repeated].slice(0, 5).map(describeValue).join(", ");
    throw new InvalidArgumentError(
      `\`vocabulary\` must hold each token once. Received: vocabulary with ${countOf(repeated.size, "repeated token")}: ${shown}. Remove them.`,
    );
  }
  const start = special.every((token, i) => tokens[i] === token) ? special.length : 0;
  const padding = tokens.indexOf(paddingToken, start);
  if (padding >= 0) {
    throw new InvalidArgumentError(
      `\`vocabulary\` must hold the padding token "" nowhere but at its start, before "[UNK]". Received: vocabulary=${describeValue(tokens)} with "" at ${padding}. Leave the special tokens out, or begin with ${describeValue(special)}.`,
    );
  }
}

/** The weights of all tokens, where those of the special ones may be missing: they get the mean of the others, as in Keras. */
function completeWeights(weights: ArrayLike<number>, given: number, missing: number): Float32Array {
  if (weights.length !== given) {
    throw new InvalidArgumentError(
      `\`idfWeights\` must hold one weight for each token of the vocabulary, ${given}. Received: ${countOf(weights.length, "weight")}.`,
    );
  }
  const all = new Float32Array(missing + given);
  all.set(weights, missing);
  let sum = 0;
  for (let i = 0; i < given; i++) sum += weights[i] as number;
  all.fill(sum / given, 0, missing);
  return all;
}

/**
 * Takes over a list of tokens that a caller brings.
 *
 * @param tokens - The words, or all special tokens followed by the words.
 * @param special - The special tokens of this use.
 * @param idfWeights - One weight for each element of `tokens`.
 * @returns The vocabulary.
 * @throws InvalidArgumentError when the list is empty, repeats a token or holds `""` among the words, or the weights do not fit.
 */
export function adoptVocabulary(tokens: readonly string[], special: readonly string[], idfWeights?: ArrayLike<number>): Vocabulary {
  checkTokens(tokens, special);
  const missing = special.every((token, i) => tokens[i] === token) ? 0 : special.length;
  const words = missing === 0 ? tokens.slice(special.length) : tokens;
  return buildVocabulary(special, words, idfWeights && completeWeights(idfWeights, tokens.length, missing));
}
