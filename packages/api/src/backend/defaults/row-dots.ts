import type { Backend, Handle, TensorRef } from "../backend.ts";
import { withTemporaries } from "./upload.ts";

/**
 * The dot products of pairs of rows.
 *
 * @param backend - The backend of the rows; its own `rowDots` is taken where it has one. The default copies the rows of both sides.
 * @param a - Float32 `[rows, dim]`.
 * @param aIds - Int32 `[n]`: the row of a in each pair.
 * @param b - Float32 `[rows, dim]`.
 * @param bIds - Int32 `[n]`: the row of b in each pair.
 * @returns A new handle, float32 `[n]`.
 */
export function rowDots(backend: Backend, a: TensorRef, aIds: TensorRef, b: TensorRef, bIds: TensorRef): Handle {
  if (backend.rowDots) return backend.rowDots(a, aIds, b, bIds);
  const shape = [aIds.shape[0] as number, a.shape[1] as number];
  return withTemporaries(backend, (keep) => {
    const rows = (handle: Handle): TensorRef => keep({ handle, shape, dtype: "float32" });
    const product = rows(backend.binary("mul", rows(backend.gather(a, aIds)), rows(backend.gather(b, bIds)), shape));
    return backend.reduce("sum", product, [1]);
  });
}
