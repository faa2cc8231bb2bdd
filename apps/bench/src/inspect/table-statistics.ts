import type { EmbeddingTable } from "@rowan/api";
import { createPause } from "../interruption/pause.ts";

/** What the rows of a table are like. */
export interface TableStatistics {
  readonly rows: number;
  readonly dim: number;
  /** Lengths of rows. */
  readonly norms: { readonly least: number; readonly mean: number; readonly most: number };
  /** Rows that are all zeros. */
  readonly zeroRows: number;
  /** Rows that hold NaN or an infinity. */
  readonly notFinite: number;
  /** The nearest pairs by cosine, of which one row at least is among those that were looked at. */
  readonly nearestPairs: readonly { readonly a: number; readonly b: number; readonly cosine: number }[];
  /** How many rows were held against all others: all of them where that takes seconds, else as many, evenly spread. */
  readonly pairRows: number;
}

/** So many multiplications are spent on nearest pairs, which takes some seconds: every row is multiplied with every other. */
const pairWork = 5e10;
/** And so many in one call, so that signals have their turn. */
const callWork = 1e9;
const pairs = 5;
const blockRows = 4096;

/**
 * Looks at every row of a table, a block at a time.
 *
 * @param table - Any table.
 * @param signal - Ends it.
 */
export async function describeTable(table: EmbeddingTable, signal: AbortSignal): Promise<TableStatistics> {
  const pause = createPause(signal);
  const { inputDim: rows, outputDim: dim } = table;
  let [least, most, sum, zeroRows, notFinite] = [Infinity, 0, 0, 0, 0];
  for (let from = 0; from < rows; from += blockRows) {
    await pause();
    const count = Math.min(blockRows, rows - from);
    const { data } = await table.lookup(Int32Array.from({ length: count }, (_, i) => from + i));
    for (let row = 0; row < count; row++) {
      let square = 0;
      for (let j = row * dim; j < (row + 1) * dim; j++) square += (data[j] as number) ** 2;
      const norm = Math.sqrt(square);
      if (!Number.isFinite(norm)) {
        notFinite++;
        continue;
      }
      if (norm === 0) zeroRows++;
      least = Math.min(least, norm);
      most = Math.max(most, norm);
      sum += norm;
    }
  }
  const finite = rows - notFinite;
  const pairRows = countPairRows(rows, dim);
  return {
    rows,
    dim,
    norms: { least: finite === 0 ? 0 : least, mean: finite === 0 ? 0 : sum / finite, most },
    zeroRows,
    notFinite,
    nearestPairs: await findPairs(table, pairRows, pause),
    pairRows,
  };
}

/**
 * How many rows are held against all others.
 *
 * @param rows - Of the table.
 * @param dim - Values in a row.
 */
export function countPairRows(rows: number, dim: number): number {
  return Math.min(rows, Math.max(1, Math.floor(pairWork / (rows * dim))));
}

/**
 * The nearest pairs by cosine.
 *
 * @param table - Any table.
 * @param count - How many rows, evenly spread, are held against all others.
 * @param pause - Called between two searches.
 */
export async function findPairs(
  table: EmbeddingTable,
  count: number,
  pause: () => Promise<void>,
): Promise<TableStatistics["nearestPairs"]> {
  const { inputDim: rows, outputDim: dim } = table;
  if (rows < 2) return [];
  const found = new Map<string, { a: number; b: number; cosine: number }>();
  const step = Math.max(1, Math.floor(callWork / (rows * dim)));
  for (let from = 0; from < count; from += step) {
    await pause();
    const ids = Array.from({ length: Math.min(step, count - from) }, (_, i) => Math.floor(((from + i) * rows) / count));
    const near = await table.mostSimilarBatch(ids, { k: 1 });
    near.forEach((list, i) => {
      const id = ids[i] as number;
      for (const { id: other, score } of list) {
        const [a, b] = [Math.min(id, other), Math.max(id, other)];
        found.set(`${a} ${b}`, { a, b, cosine: score });
      }
    });
  }
  return [...found.values()].sort((x, y) => y.cosine - x.cosine || x.a - y.a || x.b - y.b).slice(0, pairs);
}
