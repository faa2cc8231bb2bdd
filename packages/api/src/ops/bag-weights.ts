/** Weights of bags that the graph computes, and what becomes of their gradients. */
import type { BagMode } from "../backend/backend.ts";
import { rowDots } from "../backend/defaults.ts";
import type { EmbeddingTable } from "../table/embedding-table.ts";
import type { PreparedBags } from "../table/prepared-bags.ts";
import { withFloatRows } from "../table/prepared-rows.ts";
import { divide } from "./arithmetic.ts";
import { bagOfEach } from "./bag-factors.ts";
import { equal } from "./comparison.ts";
import { reshape } from "./shaping.ts";
import { record, recordRows } from "./tape.ts";
import { sqrt, square } from "./unary.ts";
import { where } from "./where.ts";
import { Tensor, hostVector } from "../tensor/tensor.ts";

/**
 * Some elements of a tensor.
 *
 * @param x - Float32, any shape.
 * @param positions - Flat positions, ascending; all of them when undefined.
 * @returns Float32 `[positions]`. The others get the gradient 0.
 */
export function keepElements(x: Tensor, positions: Int32Array | undefined): Tensor {
  const { backend, size } = x;
  const flat = reshape(x, [size]);
  if (!positions) return flat;
  const ids = hostVector(backend, positions);
  const kept = Tensor.own(backend, backend.gather(flat.view([size, 1]), ids), [positions.length], "float32");
  return record(kept, [flat], (gradient) => {
    const spread = Tensor.own(backend, backend.allocate("float32", size), [size], "float32");
    backend.scatter(spread.view([size, 1]), ids, gradient.view([positions.length, 1]));
    return [spread];
  });
}

/**
 * The weighted sum of each bag's rows.
 *
 * @param table - The table.
 * @param bags - Its bags; their mode is not looked at.
 * @param weights - Float32 `[n]`, one for each id that takes part.
 * @returns Float32 `[bags, outputDim]`. A weight's gradient is the dot product of its row and the bag's gradient.
 */
export function sumRowsOfBags(table: EmbeddingTable, bags: PreparedBags, weights: Tensor): Tensor {
  const { variable } = table;
  const { backend } = bags.source;
  const { ids, source, places: rows, offsets, plan } = withFloatRows(bags);
  const places = rows.view([ids.length]);
  const resultRows = bagOfEach(offsets);
  const handle = backend.gatherReduce({ source, ids: places, offsets: hostVector(backend, offsets), weights, mode: "sum" });
  const output = Tensor.own(backend, handle, [offsets.length - 1, table.outputDim], "float32");
  recordRows(output, { variable, ids, resultRows, factors: weights, ...(plan && { plan }) });
  return record(output, [weights], (gradient) => {
    const dots = rowDots(backend, source, places, gradient, hostVector(backend, resultRows));
    return [Tensor.own(backend, dots, [ids.length], "float32")];
  });
}

/**
 * Divides the weighted sum of each bag by Σw (`"mean"`) or sqrt(Σw²) (`"sqrtn"`).
 *
 * @param sums - Float32 `[bags, dim]`.
 * @param weights - Float32 `[n]`, one for each id.
 * @param offsets - `[bags + 1]`, where bags begin.
 * @param mode - Which divisor; the sums are given back for others.
 * @returns Float32 `[bags, dim]`; zeros, with zero gradients, where the divisor is 0.
 */
export function divideBags(sums: Tensor, weights: Tensor, offsets: Int32Array, mode: BagMode): Tensor {
  if (mode !== "mean" && mode !== "sqrtn") return sums;
  const total = sumElements(mode === "sqrtn" ? square(weights) : weights, offsets);
  const isZero = equal(total, 0);
  // A divisor of 1 in its place: neither 0 / 0 nor the slope of sqrt at 0 can get into a gradient.
  const safe = where(isZero, 1, total);
  return where(isZero, 0, divide(sums, mode === "sqrtn" ? sqrt(safe) : safe));
}

/** The sum of each bag's elements, `[bags, 1]`; its gradient goes to each of them. */
function sumElements(x: Tensor, offsets: Int32Array): Tensor {
  const { backend, size } = x;
  const source = x.view([size, 1]);
  const all = hostVector(
    backend,
    Int32Array.from({ length: size }, (_, i) => i),
  );
  const handle = backend.gatherReduce({ source, ids: all, offsets: hostVector(backend, offsets), mode: "sum" });
  return record(Tensor.own(backend, handle, [offsets.length - 1, 1], "float32"), [x], (gradient) => {
    const bags = hostVector(backend, bagOfEach(offsets));
    return [Tensor.own(backend, backend.gather(gradient, bags), [size], "float32")];
  });
}
