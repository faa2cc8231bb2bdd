/** Helpers of this package's tests. */
import type { EmbeddingTable, RowSource } from "@rowan/api";

export { countingTable, someIds } from "./tables.ts";

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
