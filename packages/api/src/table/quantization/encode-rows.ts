/** Rows in Keras' numbers (keras/src/quantizers/quantizers.py): every step is rounded to float32, as NumPy does it there. */
import type { QuantizedKind } from "../../backend/quantized-rows.ts";
import { halfBits, roundHalfEven } from "../../tensor/half.ts";

/** Keeps a row of zeros from being divided by: `keras.backend.epsilon()`. */
const epsilon = Math.fround(1e-7);

/** Rows as bytes, with what makes values of them. */
export interface EncodedRows {
  readonly data: Uint8Array;
  readonly scale: Float32Array;
  readonly zero: Int8Array;
}

/** How rows are laid out. */
export interface RowLayout {
  readonly kind: QuantizedKind;
  readonly dim: number;
  /** Columns with one scale and zero of their own; undefined where a row has one scale and no zero. */
  readonly block: number | undefined;
}

/**
 * Bytes of a row.
 *
 * @param layout - How rows are laid out.
 * @returns Whole bytes; a row of int4 with an odd number of columns has four bits to spare.
 */
export function bytesOfRow({ kind, dim }: RowLayout): number {
  if (kind === "int8") return dim;
  return kind === "int4" ? Math.ceil(dim / 2) : 2 * dim;
}

/**
 * Scales of a row.
 *
 * @param layout - How rows are laid out.
 * @returns 0 for float16 and bfloat16.
 */
export function scalesOfRow({ kind, dim, block }: RowLayout): number {
  if (kind === "float16" || kind === "bfloat16") return 0;
  return block === undefined ? 1 : Math.ceil(dim / block);
}

/**
 * Quantizes rows.
 *
 * A row (or block) with NaN or infinities has no scale that could serve it: as in Keras, its integers are what NaN becomes, 0.
 *
 * @param layout - How they shall be laid out.
 * @param rows - Float32 `[n, dim]`, flat.
 * @returns Their bytes, scales and zeros.
 */
export function encodeRows(layout: RowLayout, rows: Float32Array): EncodedRows {
  const { kind, dim, block } = layout;
  const count = rows.length / dim;
  const width = bytesOfRow(layout);
  const scales = scalesOfRow(layout);
  const encoded: EncodedRows = {
    data: new Uint8Array(count * width),
    scale: new Float32Array(count * scales),
    zero: new Int8Array(block === undefined ? 0 : count * scales),
  };
  const integers = new Int8Array(dim);
  for (let row = 0; row < count; row++) {
    const values = rows.subarray(row * dim, (row + 1) * dim);
    const target = encoded.data.subarray(row * width, (row + 1) * width);
    if (kind === "float16" || kind === "bfloat16") {
      for (let j = 0; j < dim; j++) {
        const bits = halfBits(kind, values[j] as number);
        target[2 * j] = bits;
        target[2 * j + 1] = bits >> 8;
      }
      continue;
    }
    if (block === undefined) encoded.scale[row] = byAbsMax(values, kind === "int8" ? 127 : 7, kind === "int8" ? -127 : -8, integers);
    else {
      for (let group = 0; group < scales; group++) {
        const [scale, zero] = byRange(values, group * block, block, integers);
        encoded.scale[row * scales + group] = scale;
        encoded.zero[row * scales + group] = zero;
      }
    }
    if (kind === "int8") target.set(integers);
    else for (let j = 0; j < dim; j++) target[j >> 1] = (target[j >> 1] as number) | (((integers[j] as number) & 15) << ((j & 1) * 4));
  }
  return encoded;
}

/** `abs_max_quantize`: the scale is what a value is multiplied by, `high / (max |x| + epsilon)`. */
function byAbsMax(values: Float32Array, high: number, low: number, out: Int8Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  const scale = Math.fround(high / Math.fround(most + epsilon));
  for (let j = 0; j < values.length; j++) out[j] = clip(roundHalfEven(Math.fround((values[j] as number) * scale)), low, high);
  return scale;
}

/**
 * `abs_max_quantize_grouped_with_zero_point`: 15 steps from the least to the largest value of a block, and the integer that stands
 * for 0. Keras fills the last block up with zeros, which take part in its range.
 */
function byRange(values: Float32Array, from: number, block: number, out: Int8Array): readonly [scale: number, zero: number] {
  const to = from + block;
  const end = Math.min(to, values.length);
  let [least, most] = to > values.length ? [0, 0] : [Infinity, -Infinity];
  for (let j = from; j < end; j++) {
    least = Math.min(least, values[j] as number);
    most = Math.max(most, values[j] as number);
  }
  const scale = Math.fround(Math.fround(Math.fround(most - least) + epsilon) / 15);
  const zero = clip(roundHalfEven(Math.fround(-least / scale)) - 8, -8, 7);
  for (let j = from; j < end; j++) out[j] = clip(roundHalfEven(Math.fround((values[j] as number) / scale)) + zero, -8, 7);
  return [scale, Number.isNaN(zero) ? 0 : zero];
}

/** Into a range; NaN stays, and becomes 0 in an array of integers. */
function clip(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
