import { sizeOf } from "../../tensor/shape.ts";
import type { Backend, Handle, SumWinnersArgs, TensorRef } from "../backend.ts";
import { countUp, upload, withTemporaries } from "./upload.ts";
import { where } from "./where.ts";

/**
 * The gradient of bags of maxima, brought back to the rows that attained them.
 *
 * @param backend - The backend of the tensors; its own `sumWinners` is taken where it has one. The default takes a row of memory
 *   for each position.
 * @param args - See the contract.
 * @returns A new handle, float32 `[u, dim]`.
 */
export function sumWinners(backend: Backend, args: SumWinnersArgs): Handle {
  if (backend.sumWinners) return backend.sumWinners(args);
  const { source, winners, positions, bags, offsets } = args;
  const count = sizeOf(positions.shape);
  const shape = [count, source.shape[1] as number];
  return withTemporaries(backend, (keep) => {
    const spread = (x: TensorRef): TensorRef => keep({ handle: backend.gather(x, bags), shape, dtype: x.dtype });
    const column: TensorRef = { handle: positions.handle, shape: [count, 1], dtype: "int32" };
    const won = keep({ handle: backend.binary("equal", spread(winners), column, shape), shape, dtype: "bool" });
    // Chosen, not multiplied: an infinite gradient must not become NaN where a row has not won.
    const nothing = keep(upload(backend, Float32Array.of(0), [1, 1]));
    const rows = keep({ handle: where(backend, won, spread(source), nothing, shape), shape, dtype: "float32" });
    return backend.gatherReduce({ source: rows, ids: keep(countUp(backend, count)), offsets, mode: "sum" });
  });
}
