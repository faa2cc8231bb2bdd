import type { RowKernels } from "../kernels.ts";
import { words } from "./words.ts";

function gatherRows(source: Uint8Array, ids: Int32Array, out: Uint8Array, count: number, rowBytes: number): void {
  const [from, to, width] = words(source, out, rowBytes);
  for (let i = 0, o = 0; i < count; i++) {
    const start = (ids[i] as number) * width;
    for (let j = 0; j < width; j++) to[o++] = from[start + j] as number;
  }
}

function scatterRows(target: Uint8Array, ids: Int32Array, rows: Uint8Array, count: number, rowBytes: number): void {
  const [from, to, width] = words(rows, target, rowBytes);
  for (let i = 0, r = 0; i < count; i++) {
    const start = (ids[i] as number) * width;
    for (let j = 0; j < width; j++) to[start + j] = from[r++] as number;
  }
}

/** Rows by id, over typed arrays. Bags add in float32, in the order of their ids. */
export const rowKernels: RowKernels<Float32Array, Int32Array, Uint8Array> = {
  gatherRows,
  scatterRows,
  sumBags(source, ids, offsets, weights, weighted, out, bags, dim, mode) {
    for (let bag = 0; bag < bags; bag++) {
      const start = offsets[bag] as number;
      const end = offsets[bag + 1] as number;
      const row = out.subarray(bag * dim, bag * dim + dim).fill(0);
      const divisor = bagDivisor(start, end, weights, weighted, mode);
      if (divisor === 0) continue;
      for (let i = start; i < end; i++) {
        const from = (ids[i] as number) * dim;
        const weight = weighted ? (weights[i] as number) : 1;
        for (let j = 0; j < dim; j++) row[j] = (row[j] as number) + Math.fround(weight * (source[from + j] as number));
      }
      if (mode !== 0) for (let j = 0; j < dim; j++) row[j] = (row[j] as number) / divisor;
    }
  },
  maxBags(source, ids, offsets, out, bags, dim) {
    for (let bag = 0; bag < bags; bag++) {
      const start = offsets[bag] as number;
      const end = offsets[bag + 1] as number;
      const row = out.subarray(bag * dim, bag * dim + dim).fill(start === end ? 0 : -Infinity);
      for (let i = start; i < end; i++) {
        const from = (ids[i] as number) * dim;
        for (let j = 0; j < dim; j++) row[j] = Math.max(row[j] as number, source[from + j] as number);
      }
    }
  },
};

/**
 * What a bag is divided by.
 *
 * @param start - Its first id.
 * @param end - One past its last id.
 * @param weights - A factor for each id.
 * @param weighted - 0: all factors are 1.
 * @param mode - 0 sum, 1 mean, 2 sqrtn.
 * @returns 1 for a sum.
 */
export function bagDivisor(start: number, end: number, weights: Float32Array, weighted: number, mode: number): number {
  if (mode === 0) return 1;
  let sum = 0;
  for (let i = start; i < end; i++) {
    const weight = weighted ? (weights[i] as number) : 1;
    sum = Math.fround(sum + (mode === 1 ? weight : Math.fround(weight * weight)));
  }
  return mode === 1 ? sum : Math.fround(Math.sqrt(sum));
}
