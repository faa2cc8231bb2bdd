import { NDArray, createTypedArray, halfValue, viewTypedArray } from "@rowan/api";
import type { DType, HalfKind } from "@rowan/api";
import type { StoredTensor } from "../format/header.ts";

/** What makes floats of integers: numbers for the same rows. */
export interface RowScales {
  readonly scales: Float32Array;
  readonly zeros: Int8Array | undefined;
}

const halves = new Map<HalfKind, Float32Array>();

/** Every float of 16 bits. */
function halfValues(kind: HalfKind): Float32Array {
  const known = halves.get(kind) ?? Float32Array.from({ length: 65_536 }, (_, bits) => halfValue(kind, bits));
  halves.set(kind, known);
  return known;
}

/**
 * The dtype of values on the host: that of the file, or float32 for what stands for floats.
 *
 * @param tensor - A stored tensor.
 * @returns A dtype of NDArray.
 */
export function hostDType({ dtype, quantization }: Pick<StoredTensor, "dtype" | "quantization">): DType {
  return dtype === "float16" || dtype === "bfloat16" || dtype === "int4" || quantization !== undefined ? "float32" : dtype;
}

/**
 * Values of stored bytes.
 *
 * @param tensor - Whose they are.
 * @param bytes - Whole rows, in memory of their own.
 * @param shape - `[rows, ...]` of the result.
 * @param rows - What makes floats of integers.
 * @returns Float32 for everything that stands for floats, else the dtype of the file.
 */
export function decodeRows(tensor: StoredTensor, bytes: Uint8Array<ArrayBuffer>, shape: readonly number[], rows?: RowScales): NDArray {
  const { dtype, quantization } = tensor;
  if (dtype === "float16" || dtype === "bfloat16") {
    const table = halfValues(dtype);
    const words = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    return new NDArray(
      Float32Array.from(words, (bits) => table[bits] as number),
      shape,
    );
  }
  if (dtype === "int4" || quantization) return new NDArray(dequantize(tensor, bytes, rows as RowScales), shape);
  const size = shape.reduce((a, b) => a * b, 1);
  return new NDArray(size === 0 ? createTypedArray(dtype, 0) : viewTypedArray(dtype, bytes.buffer, bytes.byteOffset, size), shape, dtype);
}

/** Every step is rounded to float32, as the kernels of tables do it. */
function dequantize({ dtype, shape, quantization }: StoredTensor, bytes: Uint8Array, { scales, zeros }: RowScales): Float32Array {
  const dim = shape[1] as number;
  const width = dtype === "int4" ? Math.ceil(dim / 2) : dim;
  const count = width === 0 ? 0 : bytes.length / width;
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = new Float32Array(count * dim);
  const blockSize = quantization?.blockSize ?? 0;
  const block = blockSize > 0 ? blockSize : dim;
  const groups = zeros ? Math.ceil(dim / block) : 1;
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < dim; column++) {
      let integer: number;
      if (dtype === "int4") {
        const pair = signed[row * width + (column >> 1)] as number;
        integer = column & 1 ? pair >> 4 : (pair << 28) >> 28;
      } else integer = signed[row * width + column] as number;
      const group = row * groups + (zeros ? Math.floor(column / block) : 0);
      const scale = scales[group] as number;
      values[row * dim + column] = zeros ? (integer - (zeros[group] as number)) * scale : integer / scale;
    }
  }
  return values;
}
