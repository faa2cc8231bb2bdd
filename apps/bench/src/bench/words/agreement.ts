import { EmbeddingTable } from "@rowan/api";
import type { Backend } from "@rowan/api";

/** How many queries are asked at once. */
const batch = 500;

/**
 * The nearest rows of the first rows, by cosine, among all.
 *
 * @param vectors - `[rows, size]`.
 * @param size - The length of a row.
 * @param queries - How many of the first rows ask.
 * @param k - How many neighbours each gets.
 * @param backend - Where the search runs.
 * @returns For each query its neighbours, itself not among them.
 */
export async function findNearest(vectors: Float32Array, size: number, queries: number, k: number, backend: Backend): Promise<number[][]> {
  const rows = vectors.length / size;
  const table = EmbeddingTable.from(vectors, { shape: [rows, size], backend });
  const asked = Math.min(queries, rows);
  const found: number[][] = [];
  for (let first = 0; first < asked; first += batch) {
    const ids = Array.from({ length: Math.min(batch, asked - first) }, (_, i) => first + i);
    const lists = await table.mostSimilarBatch(ids, { k, metric: "cosine" });
    found.push(...lists.map((list) => list.map(({ id }) => id)));
  }
  table.dispose();
  return found;
}

/**
 * How far two trainings agree on which words are near.
 *
 * @param a - For each word its nearest ones.
 * @param b - The same of the other training.
 * @returns The share of neighbours that both name, 0 to 1.
 */
export function agreement(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  let [shared, all] = [0, 0];
  a.forEach((list, query) => {
    const others = new Set(b[query]);
    all += list.length;
    shared += list.filter((place) => others.has(place)).length;
  });
  return shared / all;
}
