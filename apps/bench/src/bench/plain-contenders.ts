import { BackendArray, EmbeddingTable } from "@rowan/api";
import type { Backend } from "@rowan/api";
import type { BenchData, Contender } from "./contender.ts";

/**
 * Rowan, through its public call.
 *
 * @param name - How reports call it.
 * @param backend - What runs it.
 * @param data - The rows.
 */
export function rowanContender(name: string, backend: Backend, { size, values }: BenchData): Contender {
  const table = EmbeddingTable.from(values, { shape: [size.rows, size.dim], backend });
  const out = table.allocate(size.batch);
  return {
    name,
    lookup: async (ids) => (await table.lookup(ids, { out })).data as Float32Array,
    dispose: () => {
      // Before its backend, which takes all memory with it.
      if (out instanceof BackendArray) out.dispose();
      backend.dispose();
    },
  };
}

/**
 * What one writes without a library: a loop that copies row after row.
 *
 * @param data - The rows.
 */
export function plainContender({ size, values }: BenchData): Contender {
  const { dim, batch } = size;
  const out = new Float32Array(batch * dim);
  return {
    name: "set(subarray)",
    lookup: (ids) => {
      for (let i = 0; i < ids.length; i++) {
        const from = (ids[i] as number) * dim;
        out.set(values.subarray(from, from + dim), i * dim);
      }
      return out;
    },
    dispose: () => undefined,
  };
}
