/** Helpers of tests in Node and in browsers. */
import { EmbeddingTable } from "@rowan/api";
import type { Backend } from "@rowan/api";

/**
 * A table with rows that tell apart what was read.
 *
 * @param backend - Where it lives.
 * @param inputDim - Its rows.
 * @param outputDim - Its values in a row.
 * @returns The table; value j of row i is `i + j / 1000`, in float32.
 */
export function countingTable(backend: Backend, inputDim: number, outputDim: number): EmbeddingTable {
  const values = Float32Array.from({ length: inputDim * outputDim }, (_, at) => Math.floor(at / outputDim) + (at % outputDim) / 1000);
  return EmbeddingTable.from(values, { shape: [inputDim, outputDim], backend });
}

/**
 * Ids all over a table.
 *
 * @param count - How many.
 * @param rows - Of how many.
 * @param seed - Which ones.
 * @returns The same ids each time.
 */
export function someIds(count: number, rows: number, seed = 1): Int32Array {
  let state = seed;
  return Int32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * rows);
  });
}
