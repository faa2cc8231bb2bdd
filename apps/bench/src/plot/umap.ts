import { fillUniform } from "@rowan/api";
import { UMAP } from "umap-js";
import { breakOnInterrupt } from "../interruption/break-on-interrupt.ts";
import { createPause } from "../interruption/pause.ts";

/** Near rows that a row is drawn beside. */
const usualNeighbours = 15;

/**
 * Lays rows out in a plane so that near ones stay near (UMAP). The same rows and seed give the same picture.
 *
 * @param data - `[rows, dim]`, row by row.
 * @param dim - The length of a row.
 * @param seed - Of the layout.
 * @param signal - Ends it.
 * @returns `[rows, 2]`.
 */
export async function layOut(data: ArrayLike<number>, dim: number, seed: number, signal: AbortSignal): Promise<Float64Array> {
  const count = data.length / dim;
  const rows = Array.from({ length: count }, (_, i) => Array.from({ length: dim }, (_unused, j) => data[i * dim + j] as number));
  const umap = new UMAP({ nComponents: 2, nNeighbors: Math.min(usualNeighbours, count - 1), minDist: 0.1, random: createRandom(seed) });
  const pause = createPause(signal);
  await pause();
  // Of many rows it looks for the neighbours of each, in one long call; a step of many takes long, too.
  const epochs = breakOnInterrupt(() => umap.initializeFit(rows));
  for (let epoch = 0; epoch < epochs; epoch++) {
    await pause();
    breakOnInterrupt(() => umap.step());
  }
  return Float64Array.from(umap.getEmbedding().flat());
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
