import type { QuantizedKernels } from "../kernels.ts";
import { bagDivisor } from "./rows.ts";

const [int8, int4, int4Blocks, float16] = [0, 1, 2, 3];
const largest = 3;

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** Rows as `gatherCoded` names them. */
interface CodedRows {
  readonly code: number;
  readonly data: Uint8Array;
  readonly scale: Float32Array;
  readonly zeros: Uint8Array;
  readonly dim: number;
  readonly block: number;
}

function rowBytes({ code, dim }: CodedRows): number {
  if (code === int8) return dim;
  return code === int4 || code === int4Blocks ? (dim + 1) >> 1 : 2 * dim;
}

/** A stored number, before its factor. */
function stored(rows: CodedRows, row: number, column: number, at: number): number {
  const { code, data, zeros } = rows;
  const start = row * rowBytes(rows);
  if (code === int8) return ((data[start + column] as number) << 24) >> 24;
  if (code === int4 || code === int4Blocks) {
    const nibble = (((data[start + (column >> 1)] as number) << (column & 1 ? 24 : 28)) >> 28) | 0;
    return code === int4 ? nibble : nibble - (((zeros[at] as number) << 24) >> 24);
  }
  const bits = (data[start + 2 * column] as number) | ((data[start + 2 * column + 1] as number) << 8);
  return code === float16 ? float16Value(bits) : bfloat16Value(bits);
}

function factorOf({ code, scale }: CodedRows, at: number): number {
  if (code === int8 || code === int4) return Math.fround(1 / (scale[at] as number));
  return code === int4Blocks ? (scale[at] as number) : 1;
}

function bfloat16Value(bits: number): number {
  word[0] = bits << 16;
  return float[0] as number;
}

function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 0x3ff;
  if (exponent === 31) return mantissa ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (mantissa + 1024) * 2 ** (exponent - 25));
}

/** Rows in fewer bytes, over typed arrays. Products and sums are rounded to float32, in the order of the ids. */
export const quantizedKernels: QuantizedKernels<Float32Array, Int32Array, Uint8Array> = {
  gatherCoded(code, data, scale, zeros, ids, out, count, dim, block) {
    const rows = { code, data, scale, zeros, dim, block };
    const groups = Math.ceil(dim / block);
    for (let i = 0, o = 0; i < count; i++) {
      const id = ids[i] as number;
      for (let j = 0; j < dim; j++) {
        const at = id * groups + Math.floor(j / block);
        out[o++] = stored(rows, id, j, at) * factorOf(rows, at);
      }
    }
  },
  foldCoded(code, data, scale, zeros, ids, offsets, weights, weighted, out, bags, dim, block, mode) {
    const rows = { code, data, scale, zeros, dim, block };
    const groups = Math.ceil(dim / block);
    for (let bag = 0; bag < bags; bag++) {
      const start = offsets[bag] as number;
      const end = offsets[bag + 1] as number;
      const isEmpty = start === end;
      const row = out.subarray(bag * dim, bag * dim + dim).fill(mode === largest && !isEmpty ? -Infinity : 0);
      const divisor = mode === largest ? 1 : bagDivisor(start, end, weights, weighted, mode);
      if (isEmpty || divisor === 0) continue;
      for (let i = start; i < end; i++) {
        const id = ids[i] as number;
        const weight = weighted && mode !== largest ? (weights[i] as number) : 1;
        for (let j = 0; j < dim; j++) {
          const at = id * groups + Math.floor(j / block);
          const value = Math.fround(stored(rows, id, j, at) * Math.fround(factorOf(rows, at) * weight));
          row[j] = mode === largest ? Math.max(row[j] as number, value) : (row[j] as number) + value;
        }
      }
      if (mode === 1 || mode === 2) for (let j = 0; j < dim; j++) row[j] = (row[j] as number) / divisor;
    }
  },
};
