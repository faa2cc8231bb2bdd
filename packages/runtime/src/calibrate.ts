import type { EmbeddingTable, RowsOut } from "@rowan/api";
import type { Threshold } from "./pool-stats.ts";
import type { Served } from "./served.ts";
import { Stop } from "./stop.ts";

declare const performance: { now(): number };

/** Bytes of rows at which both ways are timed. */
const sizes: readonly number[] = [18, 19, 20, 21, 22].map((bits) => 2 ** bits);
const repeats = 3;
/** Workers must win by so much, or chance would decide on a busy machine. */
const margin = 0.9;

/**
 * Measures from which size on workers are faster than the calling thread. Takes some hundredths of a second.
 *
 * @param table - The rows to look up.
 * @param pooled - The same table, by workers whatever the size.
 * @returns The least sizes in bytes from which on workers won at every size; Infinity where they did not.
 */
export async function calibrate(table: EmbeddingTable, pooled: Served): Promise<Threshold> {
  const [direct, copied] = [Infinity, Infinity];
  const found = { direct, copied };
  for (const size of sizes.toReversed()) {
    const count = Math.max(1, Math.floor(size / 4 / table.outputDim));
    const ids = spreadIds(count, table.inputDim);
    const shared = table.allocate(count);
    try {
      const outs = { direct: shared, copied: new Float32Array(count * table.outputDim) };
      for (const kind of ["direct", "copied"] as const) {
        // From the largest size down, until they lose.
        if (found[kind] !== (size === sizes.at(-1) ? Infinity : size * 2)) continue;
        if (await workersWin(table, pooled, ids, outs[kind])) found[kind] = size;
      }
    } finally {
      shared.dispose();
    }
  }
  return found;
}

async function workersWin(table: EmbeddingTable, pooled: Served, ids: Int32Array, out: RowsOut): Promise<boolean> {
  let [inline, workers] = [Infinity, Infinity];
  for (let turn = 0; turn <= repeats; turn++) {
    const start = performance.now();
    await table.lookup(ids, { out });
    const middle = performance.now();
    await pooled.lookup(ids, { out, stop: new Stop(), onStart: () => undefined });
    const end = performance.now();
    // The first turn brings code and rows into the caches.
    if (turn === 0) continue;
    inline = Math.min(inline, middle - start);
    workers = Math.min(workers, end - middle);
  }
  return workers < inline * margin;
}

/** Ids all over a table, none after its neighbour; the same ones each time. */
function spreadIds(count: number, rows: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => Math.floor(((Math.imul(i + 1, 0x9e3779b1) >>> 0) / 2 ** 32) * rows));
}
