import { fillUniform } from "@rowan/api";
import { UMAP } from "umap-js";

/** Near rows that a row is drawn beside. */
const usualNeighbours = 15;

/**
 * Lays rows out in a plane so that near ones stay near (UMAP). The same rows and seed give the same picture. The library lets nobody else
 * have a turn, of many rows for minutes.
 *
 * @param data - `[rows, dim]`, row by row.
 * @param dim - The length of a row.
 * @param seed - Of the layout.
 * @returns `[rows, 2]`.
 */
export function layOutRows(data: Float64Array, dim: number, seed: number): Float64Array {
  const count = data.length / dim;
  const rows = Array.from({ length: count }, (_, i) => Array.from(data.subarray(i * dim, (i + 1) * dim)));
  const umap = new UMAP({ nComponents: 2, nNeighbors: Math.min(usualNeighbours, count - 1), minDist: 0.1, random: createRandom(seed) });
  return Float64Array.from(umap.fit(rows).flat());
}

/** Numbers from 0 to 1 that a seed determines. */
function createRandom(seed: number): () => number {
  const numbers = new Float32Array(4096);
  let taken = 0;
  return () => {
    const at = taken % numbers.length;
    if (at === 0) fillUniform(numbers, taken, { seed, purpose: "sample" }, 0, 1);
    taken++;
    return numbers[at] as number;
  };
}
