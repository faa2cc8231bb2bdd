import type { BagMode, TypedArray } from "@rowan/api";

/**
 * Rows by id.
 *
 * @param source - `[rows, width]`.
 * @param ids - Valid rows.
 * @param out - `[ids, width]`, of the source's type.
 * @param width - Elements of a row.
 */
export function gatherRows(source: TypedArray, ids: Int32Array, out: TypedArray, width: number): void {
  const [from, to] = bitsOf(source, out);
  for (let i = 0, o = 0; i < ids.length; i++) {
    for (let s = (ids[i] as number) * width, end = s + width; s < end; s++) to[o++] = from[s] as number;
  }
}

/**
 * Rows to where their ids say, in place.
 *
 * @param target - `[rows, width]`.
 * @param ids - Valid rows, each at most once.
 * @param rows - `[ids, width]`.
 * @param width - Elements of a row.
 */
export function scatterRows(target: TypedArray, ids: Int32Array, rows: TypedArray, width: number): void {
  const [from, to] = bitsOf(rows, target);
  for (let i = 0, r = 0; i < ids.length; i++) {
    for (let t = (ids[i] as number) * width, end = t + width; t < end; t++) to[t] = from[r++] as number;
  }
}

/** Floats are moved as words: a NaN keeps its bits. */
function bitsOf(source: TypedArray, target: TypedArray): [TypedArray, TypedArray] {
  if (!(source instanceof Float32Array && target instanceof Float32Array)) return [source, target];
  return [new Int32Array(source.buffer, source.byteOffset, source.length), new Int32Array(target.buffer, target.byteOffset, target.length)];
}

/** Bags of rows: row `ids[i]` of the source, for i from `offsets[b]` on, in bag b. */
export interface Bags {
  readonly source: Float32Array;
  readonly ids: Int32Array;
  readonly offsets: Int32Array;
  readonly dim: number;
}

/**
 * One row for each bag. Sums add in float64, in the order of the ids, and are rounded once.
 *
 * @param bags - Which rows.
 * @param weights - A factor for each id; absent means 1.
 * @param mode - How rows become one.
 * @param out - `[bags, dim]`.
 */
export function foldBags(bags: Bags, weights: Float32Array | undefined, mode: BagMode, out: Float32Array): void {
  const { source, ids, offsets, dim } = bags;
  const row = new Float64Array(dim);
  for (let bag = 0, o = 0; bag < offsets.length - 1; bag++, o += dim) {
    const start = offsets[bag] as number;
    const end = offsets[bag + 1] as number;
    const factor = start === end ? 0 : factorOf(start, end, weights, mode);
    if (factor === 0) {
      out.fill(0, o, o + dim);
      continue;
    }
    if (mode === "max") {
      row.fill(-Infinity);
      for (let i = start; i < end; i++) {
        for (let j = 0, s = (ids[i] as number) * dim; j < dim; j++, s++) row[j] = Math.max(row[j] as number, source[s] as number);
      }
    } else {
      row.fill(0);
      for (let i = start; i < end; i++) {
        const weight = weights ? (weights[i] as number) : 1;
        for (let j = 0, s = (ids[i] as number) * dim; j < dim; j++, s++) row[j] = (row[j] as number) + weight * (source[s] as number);
      }
    }
    for (let j = 0; j < dim; j++) out[o + j] = (row[j] as number) / factor;
  }
}

/** What a bag's sum is divided by; 0 where the bag gives zeros. */
function factorOf(start: number, end: number, weights: Float32Array | undefined, mode: BagMode): number {
  if (mode === "sum" || mode === "max") return 1;
  let sum = 0;
  for (let i = start; i < end; i++) {
    const weight = weights ? (weights[i] as number) : 1;
    sum += mode === "mean" ? weight : weight * weight;
  }
  return mode === "mean" ? sum : Math.sqrt(sum);
}
