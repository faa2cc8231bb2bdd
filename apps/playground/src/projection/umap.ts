import { EmbeddingTable } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { UMAP } from "umap-js";
import { breathe } from "../element.ts";

/** Neighbours that hold a row in its place. */
const mostNeighbours = 15;
/** How long the page may stand still at once, in milliseconds. */
const pieceMs = 12;

/** A layout that is being computed. */
export interface UmapRun {
  readonly vectors: Float32Array;
  readonly dim: number;
  readonly ids: readonly number[];
  /** 2 or 3. */
  readonly space: number;
  readonly backend: Backend;
  readonly signal: AbortSignal;
  /** Gets the layout so far, `[ids, space]`, and how far it is, 0 to 1. */
  readonly onProgress: (points: Float32Array, part: number) => void;
}

/**
 * UMAP of some rows: the neighbours are found by the backend, the layout is umap-js'.
 *
 * @param run - What, where to, and what ends it.
 */
export async function layOutByUmap({ vectors, dim, ids, space, backend, signal, onProgress }: UmapRun): Promise<void> {
  const data = ids.map((id) => Array.from(vectors.subarray(id * dim, (id + 1) * dim)));
  const neighbours = Math.min(mostNeighbours, ids.length - 1);
  if (neighbours < 2) return;
  const umap = new UMAP({ nComponents: space, nNeighbors: neighbours, minDist: 0.1, random: generator() });
  const { indices, distances } = await nearest(data, neighbours, backend);
  if (isAborted(signal)) return;
  umap.setPrecomputedKNN(indices, distances);
  const epochs = umap.initializeFit(data);
  for (let epoch = 0; epoch < epochs && !signal.aborted;) {
    const start = performance.now();
    while (epoch < epochs && performance.now() - start < pieceMs) {
      umap.step();
      epoch++;
    }
    onProgress(Float32Array.from(umap.getEmbedding().flat()), epoch / epochs);
    await breathe();
  }
}

/** Asked anew each time: it changes while one waits. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** As umap-js wants them: each row is its own first neighbour. */
async function nearest(data: readonly number[][], k: number, backend: Backend): Promise<{ indices: number[][]; distances: number[][] }> {
  const table = EmbeddingTable.from(data, { backend });
  try {
    const found = await table.mostSimilarBatch(
      data.map((_, i) => i),
      { k: k - 1, metric: "euclidean" },
    );
    return {
      indices: found.map((row, i) => [i, ...row.map(({ id }) => id)]),
      distances: found.map((row) => [0, ...row.map(({ score }) => score)]),
    };
  } finally {
    table.dispose();
  }
}

/** The same layout each time: Mulberry's generator, from one seed. */
function generator(): () => number {
  let state = 7;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
