import type { CheckedBags, Nearest, SimilarityMetric } from "@rowan/api";

/**
 * Bags of rows that are on the host. Sums are rounded to float32 in the order of the ids, as kernels do it.
 *
 * @param rows - Float32 `[n, dim]`: a row for each id of the bags.
 * @param dim - Values in a row.
 * @param bags - Offsets, weights, mode.
 * @param out - Float32 `[bags, dim]`.
 */
export function reduceHostRows(rows: Float32Array, dim: number, { offsets, weights, mode }: CheckedBags, out: Float32Array): void {
  for (let bag = 0; bag + 1 < offsets.length; bag++) {
    const [from, to] = [offsets[bag] as number, offsets[bag + 1] as number];
    const row = out.subarray(bag * dim, (bag + 1) * dim).fill(mode === "max" && to > from ? -Infinity : 0);
    const divisor = divisorOf(from, to, weights, mode);
    if (from === to || divisor === 0) continue;
    for (let i = from; i < to; i++) {
      const weight = weights?.[i] ?? 1;
      for (let j = 0; j < dim; j++) {
        const value = rows[i * dim + j] as number;
        row[j] = mode === "max" ? Math.max(row[j] as number, value) : (row[j] as number) + Math.fround(weight * value);
      }
    }
    if (mode === "mean" || mode === "sqrtn") for (let j = 0; j < dim; j++) row[j] = (row[j] as number) / divisor;
  }
}

function divisorOf(from: number, to: number, weights: Float32Array | undefined, mode: CheckedBags["mode"]): number {
  if (mode === "sum" || mode === "max") return 1;
  let sum = 0;
  for (let i = from; i < to; i++) {
    const weight = weights?.[i] ?? 1;
    sum = Math.fround(sum + (mode === "mean" ? weight : Math.fround(weight * weight)));
  }
  return mode === "mean" ? sum : Math.fround(Math.sqrt(sum));
}

/**
 * The nearest of some rows on the host to each query; sums are taken in float64 and scores rounded to float32.
 *
 * @param rows - Float32 `[n, dim]`.
 * @param queries - Float32 `[q, dim]`.
 * @param dim - Values in a row.
 * @param metric - The score: cosine (0 where a vector is zero), dot product, or negated squared distance.
 * @param k - How many, at most n.
 * @returns One list a query, the best first, the lower row first among equals, NaN last.
 */
export function nearestHostRows(rows: Float32Array, queries: Float32Array, dim: number, metric: SimilarityMetric, k: number): Nearest[] {
  const count = rows.length / dim;
  return Array.from({ length: queries.length / dim }, (_, query) => {
    const scores = Float32Array.from({ length: count }, (__, row) => score(rows, row * dim, queries, query * dim, dim, metric));
    const order = Array.from(scores.keys()).sort((a, b) => compare(scores[a] as number, scores[b] as number) || a - b);
    const best = order.slice(0, k);
    return { values: best.map((row) => scores[row] as number), indices: best };
  });
}

function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a === b ? 0 : b > a ? 1 : -1;
}

function score(a: Float32Array, atA: number, b: Float32Array, atB: number, dim: number, metric: SimilarityMetric): number {
  let [sum, squaresA, squaresB] = [0, 0, 0];
  for (let j = 0; j < dim; j++) {
    const [x, y] = [a[atA + j] as number, b[atB + j] as number];
    sum += metric === "euclidean" ? (x - y) ** 2 : x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  if (metric === "euclidean") return 0 - sum;
  if (metric === "dot") return sum;
  const lengths = Math.sqrt(squaresA) * Math.sqrt(squaresB);
  return lengths === 0 ? 0 : sum / lengths;
}
