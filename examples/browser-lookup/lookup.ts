/** Words by their vectors, out of a checkpoint on a server: only the rows that are asked for are loaded. Runs in a browser as it is. */
import { openCheckpoint } from "@rowan/serialize";
import type { Source } from "@rowan/serialize";

/** How near two words are to each other. */
export interface Similarity {
  readonly words: readonly [string, string];
  /** The cosine, from -1 to 1. */
  readonly cosine: number;
}

/**
 * Compares words.
 *
 * @param source - Where the checkpoint of a table with a vocabulary is: a URL, or a file that was dropped on the page.
 * @param pairs - Words of its vocabulary.
 * @returns Their cosines.
 * @throws RangeError for a word that the vocabulary does not have.
 */
export async function compareWords(source: Source, pairs: readonly (readonly [string, string])[]): Promise<Similarity[]> {
  const file = await openCheckpoint(source);
  try {
    const { table = "" } = file.metadata;
    const words = await file.readVocabulary();
    const rows = await file.readRowsById(
      table,
      pairs.map((pair) => pair.map((word) => idOf(word, words))),
    );
    const dim = rows.shape[2] as number;
    return pairs.map((pair, index) => {
      const a = rows.data.subarray(2 * index * dim, (2 * index + 1) * dim);
      const b = rows.data.subarray((2 * index + 1) * dim, (2 * index + 2) * dim);
      return { words: pair, cosine: dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)) };
    });
  } finally {
    await file.close();
  }
}

function idOf(word: string, words: readonly string[]): number {
  const id = words.indexOf(word);
  if (id < 0) throw new RangeError(`The vocabulary has no word "${word}".`);
  return id;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
