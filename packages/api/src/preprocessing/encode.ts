import { NDArray } from "../tensor/ndarray.ts";
import { paddingToken, type Vocabulary } from "./vocabulary.ts";

/**
 * The ids of tokens: 0 for the padding token, 1 for tokens that the vocabulary does not hold.
 *
 * @param tokens - The tokens of one text.
 * @param vocabulary - One whose special tokens are padding and unknown.
 * @returns One id a token.
 */
export function idsOf(tokens: readonly string[], vocabulary: Vocabulary): number[] {
  return tokens.map((token) => vocabulary.ids.get(token) ?? (token === paddingToken ? 0 : 1));
}

/**
 * Rows of ids as one rectangle.
 *
 * @param rows - The ids of each text.
 * @param length - Longer rows are cut, shorter ones filled with 0; undefined for the longest row's length.
 * @returns int32 `[rows, length]`.
 */
export function padRows(rows: readonly (readonly number[])[], length?: number): NDArray {
  const columns = length ?? rows.reduce((longest, row) => Math.max(longest, row.length), 0);
  const data = new Int32Array(rows.length * columns);
  rows.forEach((row, i) => data.set(row.length > columns ? row.slice(0, columns) : row, i * columns));
  return new NDArray(data, [rows.length, columns]);
}

/**
 * How often each token of the vocabulary occurs in each text, or whether it does, times its weight. Padding tokens count nowhere.
 *
 * @param texts - The tokens of each text.
 * @param vocabulary - One whose only special token is the unknown one.
 * @param depth - How many columns, at least the size of the vocabulary.
 * @param binary - Whether a token that occurs twice counts once.
 * @returns float32 `[texts, depth]`.
 */
export function countTokens(texts: readonly (readonly string[])[], vocabulary: Vocabulary, depth: number, binary: boolean): NDArray {
  const data = new Float32Array(texts.length * depth);
  texts.forEach((tokens, i) => {
    const row = data.subarray(i * depth, (i + 1) * depth);
    for (const token of tokens) {
      if (token === paddingToken) continue;
      const id = vocabulary.ids.get(token) ?? 0;
      row[id] = binary ? 1 : (row[id] as number) + 1;
    }
    vocabulary.idfWeights?.forEach((weight, id) => (row[id] = (row[id] as number) * weight));
  });
  return new NDArray(data, [texts.length, depth]);
}
