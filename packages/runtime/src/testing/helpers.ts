/** Helpers of this package's tests. */
import { EmbeddingTable } from "@rowan/api";
import type { Backend, RowSource } from "@rowan/api";

/**
 * The built worker with a fault in it.
 *
 * @param name - A file of fixtures/.
 * @returns Its address, for `workerUrl`.
 */
export function faultyWorker(name: string): URL {
  return new URL(`../../fixtures/${name}.mjs`, import.meta.url);
}

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

/**
 * A source that is no table, and remembers what it was asked for.
 *
 * @param table - Where its rows come from.
 * @returns The source, with the ids of each request.
 */
export function plainSource(table: EmbeddingTable): RowSource & { readonly asked: number[][] } {
  const asked: number[][] = [];
  return {
    inputDim: table.inputDim,
    outputDim: table.outputDim,
    asked,
    lookup: async (ids, options) => {
      asked.push(Array.from(ids as Int32Array));
      return table.lookup(ids, options);
    },
  };
}

/**
 * Whether two arrays have the same bits. Vitest compares large arrays element by element, which takes seconds.
 *
 * @param a - Float32 values.
 * @param b - Others.
 * @returns True where they do.
 */
export function sameBits(a: ArrayBufferView, b: ArrayBufferView): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
}
