import type { NearestKernels } from "../kernels.ts";

const cosine = 0;
const dot = 1;

/** The sum of products of two rows, in float64. */
function product(a: Float32Array, atA: number, b: Float32Array, atB: number, dim: number): number {
  let sum = 0;
  for (let j = 0; j < dim; j++) sum += (a[atA + j] as number) * (b[atB + j] as number);
  return sum;
}

function squaredDistance(a: Float32Array, atA: number, b: Float32Array, atB: number, dim: number): number {
  let sum = 0;
  for (let j = 0; j < dim; j++) sum += ((a[atA + j] as number) - (b[atB + j] as number)) ** 2;
  return sum;
}

/** The order in which NaN is the smallest number, and equal to itself. */
function isNearer(a: number, b: number): boolean {
  return a > b || (Number.isNaN(b) && !Number.isNaN(a));
}

/** Takes a row into a sorted list, from `from` on, of `kept` rows that may grow to k. */
function insert(values: Float32Array, indices: Int32Array, from: number, kept: number, k: number, score: number, row: number): void {
  if (kept === k && !isNearer(score, values[from + k - 1] as number)) return;
  let place = from + Math.min(kept, k - 1);
  for (; place > from && isNearer(score, values[place - 1] as number); place--) {
    values[place] = values[place - 1] as number;
    indices[place] = indices[place - 1] as number;
  }
  values[place] = score;
  indices[place] = row;
}

/** Search among rows, over typed arrays. Sums are taken in float64. */
export const nearestKernels: NearestKernels<Float32Array, Int32Array> = {
  nearestRows(source, queries, lengths, values, indices, rows, dim, count, k, metric) {
    if (k === 0) return;
    for (let q = 0; q < count; q++) lengths[q] = Math.sqrt(product(queries, q * dim, queries, q * dim, dim));
    for (let row = 0; row < rows; row++) {
      const at = row * dim;
      const length = metric === cosine ? Math.sqrt(product(source, at, source, at, dim)) : 1;
      for (let q = 0; q < count; q++) {
        let score: number;
        if (metric === cosine) {
          const both = length * (lengths[q] as number);
          score = both === 0 ? 0 : product(source, at, queries, q * dim, dim) / both;
        } else if (metric === dot) score = product(source, at, queries, q * dim, dim);
        else score = 0 - squaredDistance(source, at, queries, q * dim, dim);
        insert(values, indices, q * k, Math.min(row, k), k, Math.fround(score), row);
      }
    }
  },
};
