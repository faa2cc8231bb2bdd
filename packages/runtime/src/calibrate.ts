import { OutOfMemoryError } from "@rowan/api";
import type { BackendArray, EmbeddingTable, RowsOut } from "@rowan/api";
import type { Threshold } from "./pool-stats.ts";
import type { Served } from "./served.ts";
import { Stop } from "./stop.ts";

declare const performance: { now(): number };

/** Bytes of rows at which both ways are timed. */
const sizes: readonly number[] = [17, 18, 19, 20, 21, 22, 23, 24].map((bits) => 2 ** bits);
const repeats = 4;
/** So often a size is timed before workers have lost there: something else may have had the cores for a moment. */
const attempts = 2;
/** Workers must win by so much, or chance would decide on a busy machine. */
const margin = 0.95;
/**
 * Where they win at no size that is timed, larger calls use them all the same: cores that are busy now will not be for ever, and what no
 * worker takes the calling thread does.
 */
const atMost = 2 ** 26;

/**
 * Measures from which size on workers are faster than the calling thread. Takes a tenth of a second or two.
 *
 * @param table - The rows to look up.
 * @param pooled - The same table, by workers whatever the size.
 * @returns The least sizes in bytes from which on workers won at every size.
 */
export async function calibrate(table: EmbeddingTable, pooled: Served): Promise<Threshold> {
  const found = { direct: atMost, copied: atMost };
  const lost = new Set<keyof Threshold>();
  for (const size of sizes.toReversed()) {
    const count = Math.max(1, Math.floor(size / 4 / table.outputDim));
    let shared: BackendArray | undefined;
    try {
      shared = table.allocate(count);
      const outs = { direct: shared, copied: new Float32Array(count * table.outputDim) };
      for (const kind of ["direct", "copied"] as const) {
        // From the largest size down, until they lose.
        if (lost.has(kind)) continue;
        if (await workersWin(table, pooled, count, outs[kind])) found[kind] = size;
        else lost.add(kind);
      }
    } catch (error) {
      // There is no room for calls of this size: nobody will make them.
      if (!(error instanceof OutOfMemoryError)) throw error;
    } finally {
      shared?.dispose();
    }
    if (lost.size === 2) break;
  }
  return found;
}

async function workersWin(table: EmbeddingTable, pooled: Served, count: number, out: RowsOut): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    let [inline, workers] = [Infinity, Infinity];
    for (let turn = 0; turn <= repeats; turn++) {
      // Other rows each time, as calls have them.
      const ids = spreadIds(count, table.inputDim, (attempt * (repeats + 1) + turn) * count);
      const start = performance.now();
      await table.lookup(ids, { out });
      const middle = performance.now();
      await pooled.lookup(ids, { out, stop: new Stop(), onStart: () => undefined });
      const end = performance.now();
      // The first turn brings code and memory into the caches.
      if (turn === 0) continue;
      inline = Math.min(inline, middle - start);
      workers = Math.min(workers, end - middle);
    }
    if (workers < inline * margin) return true;
  }
  return false;
}

/** Ids all over a table, none after its neighbour; the same ones for the same start. */
function spreadIds(count: number, rows: number, start: number): Int32Array {
  const ids = new Int32Array(count);
  for (let i = 0; i < count; i++) ids[i] = ((Math.imul(start + i + 1, 0x9e3779b1) >>> 0) / 2 ** 32) * rows;
  return ids;
}
