import type { EmbeddingTable } from "@rowan/api";

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
  /** The nearest pairs by cosine among the first rows, at most `pairRows` of them. */
  readonly nearestPairs: readonly { readonly a: number; readonly b: number; readonly cosine: number }[];
  readonly pairRows: number;
}

/** Every row is compared with every other of the table: more of them would take long. */
const mostPairRows = 2000;
const pairs = 5;
const blockRows = 4096;

/**
 * Looks at every row of a table, a block at a time.
 *
 * @param table - Any table.
 */
export async function describeTable(table: EmbeddingTable): Promise<TableStatistics> {
  const { inputDim: rows, outputDim: dim } = table;
  let [least, most, sum, zeroRows, notFinite] = [Infinity, 0, 0, 0, 0];
  for (let from = 0; from < rows; from += blockRows) {
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
  const pairRows = Math.min(rows, mostPairRows);
  return {
    rows,
    dim,
    norms: { least: finite === 0 ? 0 : least, mean: finite === 0 ? 0 : sum / finite, most },
    zeroRows,
    notFinite,
    nearestPairs: await findPairs(table, pairRows),
    pairRows,
  };
}

async function findPairs(table: EmbeddingTable, count: number): Promise<TableStatistics["nearestPairs"]> {
  if (table.inputDim < 2) return [];
  const near = await table.mostSimilarBatch(
    Array.from({ length: count }, (_, id) => id),
    { k: 1 },
  );
  const found = new Map<string, { a: number; b: number; cosine: number }>();
  near.forEach((list, id) => {
    for (const { id: other, score } of list) {
      const [a, b] = [Math.min(id, other), Math.max(id, other)];
      found.set(`${a} ${b}`, { a, b, cosine: score });
    }
  });
  return [...found.values()].sort((x, y) => y.cosine - x.cosine || x.a - y.a).slice(0, pairs);
}
