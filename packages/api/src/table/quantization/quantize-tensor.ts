import { NDArray } from "../../tensor/ndarray.ts";
import { scope } from "../../tensor/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { gatherRows } from "../stored-rows.ts";
import { encodeRows } from "./encode-rows.ts";
import { layoutOf } from "./quantization.ts";
import type { Quantization } from "./quantization.ts";
import { QuantizedTensors } from "./quantized-tensors.ts";

/** Rows pass through the host in pieces of so many elements. */
const pieceElements = 1 << 18;

/**
 * Quantizes the rows of a table, piece by piece: beside both tables it takes a megabyte or two.
 *
 * @param source - Float32 `[rows, dim]`; it does not change.
 * @param quantization - A checked one.
 * @returns New memory, which the caller disposes.
 * @throws OutOfMemoryError and UnsupportedOpError before anything is read.
 */
export async function quantizeTensor(source: Tensor, quantization: Quantization): Promise<QuantizedTensors> {
  const { backend, shape } = source;
  const [rows, dim] = shape as readonly [number, number];
  const target = new QuantizedTensors(backend, quantization, [rows, dim]);
  try {
    const layout = layoutOf(quantization, dim);
    const step = Math.max(1, Math.floor(pieceElements / dim));
    for (let from = 0; from < rows; from += step) {
      const count = Math.min(step, rows - from);
      const piece = await backend.read(source, from * dim, count * dim);
      target.write(encodeRows(layout, piece as Float32Array), from);
    }
    return target;
  } catch (error) {
    target.dispose();
    throw error;
  }
}

/**
 * Float32 values of quantized rows, on the host.
 *
 * @param source - The rows.
 * @returns `[rows, dim]`.
 */
export async function readFloats(source: QuantizedTensors): Promise<NDArray> {
  const { rows, dim } = source;
  const values = new Float32Array(rows * dim);
  const step = Math.max(1, Math.floor(pieceElements / dim));
  for (let from = 0; from < rows; from += step) {
    const count = Math.min(step, rows - from);
    const piece = scope(() => gatherRows(source, rowNumbers(source, from, count)));
    try {
      values.set((await piece.read()).data, from * dim);
    } finally {
      piece.dispose();
    }
  }
  return new NDArray(values, [rows, dim]);
}

function rowNumbers({ backend }: QuantizedTensors, from: number, count: number): Tensor {
  return Tensor.fromHost(
    new NDArray(
      Int32Array.from({ length: count }, (_, i) => from + i),
      [count],
    ),
    backend,
  );
}
