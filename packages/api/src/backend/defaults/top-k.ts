import { createTypedArray } from "../../tensor/dtype.ts";
import type { Backend, Handle, TensorRef } from "../backend.ts";
import { upload } from "./upload.ts";

/**
 * The k largest of each row, largest first, the lower index first among equals.
 *
 * Asynchronous, since the default sorts on the host. A NaN counts as smaller than everything.
 *
 * @param backend - The backend of `x`; its own `topK` is taken where it has one.
 * @param x - Float32 `[rows, n]`.
 * @param k - How many of each row, at most n.
 * @returns New handles: float32 values and int32 indices, both `[rows, k]`.
 */
export async function topK(backend: Backend, x: TensorRef, k: number): Promise<{ values: Handle; indices: Handle }> {
  if (backend.topK) return backend.topK(x, k);
  const [rows = 0, n = 0] = x.shape;
  const data = await backend.read(x, 0, rows * n);
  const values = createTypedArray("float32", rows * k);
  const indices = createTypedArray("int32", rows * k);
  for (let row = 0; row < rows; row++) {
    const largest = largestOf(data.subarray(row * n, (row + 1) * n), k);
    indices.set(largest, row * k);
    values.set(
      largest.map((i) => data[row * n + i] as number),
      row * k,
    );
  }
  return { values: upload(backend, values, [rows, k]).handle, indices: upload(backend, indices, [rows, k]).handle };
}

function largestOf(row: ArrayLike<number>, k: number): number[] {
  const order = Array.from(row, (_, i) => i);
  // By comparisons, since the difference of equal infinities would be NaN.
  order.sort((i, j) => {
    const [a, b] = [row[i] as number, row[j] as number];
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b)) || i - j;
    return a === b ? i - j : b > a ? 1 : -1;
  });
  return order.slice(0, k);
}
