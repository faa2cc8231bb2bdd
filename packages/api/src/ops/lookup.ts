import type { BagMode } from "../backend/backend.ts";
import { UnsupportedOpError } from "../errors.ts";
import { checkBags } from "../table/bags.ts";
import type { EmbeddingTable } from "../table/embedding-table.ts";
import { preparedLookup } from "../table/prepared-rows.ts";
import type { BagsInput } from "../table/row-source.ts";
import { NDArray } from "../tensor/ndarray.ts";
import { Tensor } from "../tensor/tensor.ts";
import { isRecording, recordRows } from "./tape.ts";

/**
 * Rows of a table, inside of a graph. The gradient goes to the touched rows alone.
 *
 * @param table - The table.
 * @param ids - Any shape. Ids that the graph computes need the backend's capability `syncRows`.
 * @returns Float32 `[...ids.shape, outputDim]`.
 * @throws IndexOutOfRangeError for ids outside of the table; UnsupportedOpError for computed ids where the backend cannot.
 */
export function lookup(table: EmbeddingTable, ids: Tensor): Tensor {
  const { backend } = table;
  const { ids: data, source, places, plan } = preparedLookup(table, ids, isRecording());
  const output = Tensor.own(backend, backend.gather(source, places), [...ids.shape, table.outputDim], "float32");
  return recordRows(output, { variable: table.variable, ids: data, ...(plan && { plan }) });
}

/**
 * One row for each bag of ids, inside of a graph. The gradient goes to the touched rows alone; weights get none.
 *
 * @param table - The table.
 * @param bags - Ids with offsets, ragged arrays or a rectangle, on the host; mode, weights, padding id.
 * @returns Float32 `[bags, outputDim]`.
 * @throws UnsupportedOpError for mode `"max"` while a tape records.
 */
export function lookupBags(table: EmbeddingTable, bags: BagsInput): Tensor {
  const { backend, variable } = table;
  const { ids, offsets, weights, mode } = checkBags(bags, table.inputDim);
  if (mode === "max" && isRecording()) {
    throw new UnsupportedOpError('Bags of mode "max" have no gradient yet. Train with "sum", "mean" or "sqrtn".');
  }
  const upload = (data: Int32Array | Float32Array): Tensor => Tensor.fromHost(new NDArray(data, [data.length]), backend);
  const count = offsets.length - 1;
  if (isRecording()) variable.deferred?.settle(ids);
  const selection = isRecording() ? { source: variable.stored, ids } : variable.currentRows(ids);
  const handle = backend.gatherReduce({
    source: selection.source,
    ids: upload(selection.ids),
    offsets: upload(offsets),
    mode,
    ...(weights && { weights: upload(weights) }),
  });
  const output = Tensor.own(backend, handle, [count, table.outputDim], "float32");
  return recordRows(output, { variable, ids, ...bagFactors(offsets, weights, mode) });
}

/** For each id, the bag that it went into and the factor with which it did. */
function bagFactors(
  offsets: Int32Array,
  weights: Float32Array | undefined,
  mode: BagMode,
): { resultRows: Int32Array; factors?: Float32Array } {
  const count = offsets.at(-1) as number;
  const resultRows = new Int32Array(count);
  const factors = weights || mode !== "sum" ? new Float32Array(count) : undefined;
  for (let bag = 0; bag + 1 < offsets.length; bag++) {
    const start = offsets[bag] as number;
    const end = offsets[bag + 1] as number;
    let divisor = 0;
    for (let i = start; i < end; i++) {
      const weight = weights ? (weights[i] as number) : 1;
      divisor += mode === "sqrtn" ? weight * weight : weight;
    }
    if (mode === "sqrtn") divisor = Math.sqrt(divisor);
    for (let i = start; i < end; i++) {
      resultRows[i] = bag;
      if (factors) factors[i] = (weights ? (weights[i] as number) : 1) * (mode === "sum" ? 1 : divisor === 0 ? 0 : 1 / divisor);
    }
  }
  return { resultRows, ...(factors && { factors }) };
}
