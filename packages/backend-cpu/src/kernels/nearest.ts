import type { NearestKernels } from "../kernels.ts";
import { quantizedKernels } from "./quantized.ts";

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

function measure(rows: Float32Array, lengths: Float32Array, dim: number, count: number): void {
  for (let row = 0; row < count; row++) lengths[row] = Math.sqrt(product(rows, row * dim, rows, row * dim, dim));
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

/** Rows from `first` on, `rows` of them, into lists that may hold rows before them. */
function search(
  source: Float32Array,
  queries: Float32Array,
  lengths: Float32Array,
  values: Float32Array,
  indices: Int32Array,
  first: number,
  rows: number,
  dim: number,
  count: number,
  k: number,
  metric: number,
  rowLengths: Float32Array | undefined,
): void {
  for (let row = first; row < first + rows; row++) {
    const at = (row - first) * dim;
    const length = metric === cosine ? (rowLengths?.[row] ?? Math.fround(Math.sqrt(product(source, at, source, at, dim)))) : 1;
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
}

/** Search among rows, over typed arrays. Sums are taken in float64. */
export const nearestKernels: NearestKernels<Float32Array, Int32Array, Uint8Array> = {
  measureRows(source, out, rows, dim) {
    measure(source, out, dim, rows);
  },
  nearestRows(source, queries, lengths, values, indices, rows, dim, count, k, metric, rowLengths, measured) {
    if (k === 0) return;
    measure(queries, lengths, dim, count);
    search(source, queries, lengths, values, indices, 0, rows, dim, count, k, metric, measured === 1 ? rowLengths : undefined);
  },
  nearestCoded(
    code,
    data,
    scale,
    zeros,
    block,
    queries,
    lengths,
    room,
    values,
    indices,
    rows,
    dim,
    count,
    k,
    metric,
    rowLengths,
    measured,
  ) {
    if (k === 0) return;
    measure(queries, lengths, dim, count);
    const id = new Int32Array(1);
    for (let row = 0; row < rows; row++) {
      id[0] = row;
      quantizedKernels.gatherCoded(code, data, scale, zeros, id, room, 1, dim, block);
      search(room, queries, lengths, values, indices, row, 1, dim, count, k, metric, measured === 1 ? rowLengths : undefined);
    }
  },
};
