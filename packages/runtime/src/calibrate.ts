import { OutOfMemoryError } from "@rowan/api";
import type { BackendArray, EmbeddingTable, RowsOut } from "@rowan/api";
import type { Threshold } from "./pool-stats.ts";
import type { Served } from "./served.ts";
import { Stop } from "./stop.ts";

declare const performance: { now(): number };

/** Bytes of rows at which both ways are timed. */
const sizes: readonly number[] = [17, 18, 19, 20, 21, 22, 23, 24].map((bits) => 2 ** bits);
/** Calls of each way in a row, and how often the ways take turns: something else may have the cores for a moment. */
const [calls, rounds] = [4, 4];
/** Workers must win by so much: what they lose where they are called for too little is more than what they would have won there. */
const margin = 0.9;
/**
 * Where they win at no size that is timed, larger calls use them all the same: cores that are busy now will not be for ever, and what no
 * worker takes the calling thread does.
 */
const atMost = 2 ** 26;

/**
 * Measures from which size on workers are faster than the calling thread. Takes about half a second; less where workers lose early.
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
  const [inline, workers]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const first = 2 * round * calls;
    await timeCalls(inline, table.inputDim, count, first, (ids) => table.lookup(ids, { out }));
    await timeCalls(workers, table.inputDim, count, first + calls, (ids) =>
      pooled.lookup(ids, { out, stop: new Stop(), onStart: () => undefined }),
    );
  }
  return median(workers) < median(inline) * margin;
}

/** Times some calls, one after another, as programs make them: each leaves its code in the caches for the next one. */
async function timeCalls(
  times: number[],
  rows: number,
  count: number,
  first: number,
  call: (ids: Int32Array) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < calls; at++) {
    // Other rows each time: those that were just read are in the caches.
    const ids = spreadIds(count, rows, (first + at) * count);
    const start = performance.now();
    await call(ids);
    // The first one brings code and memory into the caches.
    if (at > 0) times.push(performance.now() - start);
  }
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] as number;
}

/** Ids all over a table, none after its neighbour; the same ones for the same start. */
function spreadIds(count: number, rows: number, start: number): Int32Array {
  const ids = new Int32Array(count);
  for (let i = 0; i < count; i++) ids[i] = ((Math.imul(start + i + 1, 0x9e3779b1) >>> 0) / 2 ** 32) * rows;
  return ids;
}
