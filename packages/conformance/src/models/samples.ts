import { Dense, Embedding, EmbeddingTable, Flatten, NDArray, Sequential } from "@rowan/api";
import type { Backend, CompileOptions, EmbeddingOptions } from "@rowan/api";

/** Ten made-up reviews of four words, half of them good. */
export const reviews: { readonly x: readonly (readonly number[])[]; readonly y: readonly number[] } = {
  x: Array.from({ length: 10 }, (_, i) => [i, i + 10, i + 20, 0]),
  y: Array.from({ length: 10 }, (_, i) => (i < 5 ? 1 : 0)),
};

/**
 * A small classifier of reviews, compiled.
 *
 * @param backend - Where it runs.
 * @param options - What to compile with, beside the loss.
 * @param embedding - Further options of the embedding.
 * @returns The model; the caller disposes it.
 */
export function reviewModel(backend: Backend, options: CompileOptions = {}, embedding: Partial<EmbeddingOptions> = {}): Sequential {
  const model = new Sequential(
    [
      new Embedding({
        inputDim: 50,
        outputDim: 8,
        inputLength: 4,
        embeddingsInitializer: { className: "RandomUniform", config: { seed: 1 } },
        ...embedding,
      }),
      new Flatten(),
      new Dense({ units: 1, activation: "sigmoid", kernelInitializer: { className: "GlorotUniform", config: { seed: 2 } } }),
    ],
    { backend },
  );
  model.compile({ optimizer: "adam", loss: "binaryCrossentropy", metrics: ["accuracy"], ...options });
  return model;
}

/**
 * Rows that tell their number: row i is `scale * (i, i + 0.25, i + 0.5, ...)`.
 *
 * @param rows - How many.
 * @param dim - The width of a row.
 * @param scale - A factor, a power of two so that nothing is rounded.
 * @returns Float32 `[rows, dim]`.
 */
export function tellingRows(rows: number, dim: number, scale = 1): NDArray {
  return new NDArray(
    Float32Array.from({ length: rows * dim }, (_, at) => scale * (Math.floor(at / dim) + (at % dim) / 4)),
    [rows, dim],
  );
}

/**
 * A table of such rows.
 *
 * @param backend - Where they live.
 * @param rows - How many.
 * @param dim - The width of a row.
 * @param scale - A power of two.
 * @returns The table; the caller disposes it.
 */
export function tellingTable(backend: Backend, rows: number, dim: number, scale = 1): EmbeddingTable {
  return EmbeddingTable.from(tellingRows(rows, dim, scale), { backend });
}
