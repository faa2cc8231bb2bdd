import { checkOptions } from "../check-options.ts";
import { checkIds } from "../tensor/ids.ts";
import type { IdsInput } from "../tensor/ids.ts";
import { NDArray } from "../tensor/ndarray.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { EmbeddingTable } from "./embedding-table.ts";
import { deliverRows } from "./output.ts";
import { lookupOptionNames } from "./row-source.ts";
import type { LookupOptions } from "./row-source.ts";
import { gatherRows } from "./stored-rows.ts";

/**
 * Rows by their numbers, as `table.lookup` gives them; but at once where the backend's memory can be seen from the host. A call of few ids
 * is shorter than a promise or two.
 *
 * @param table - The rows.
 * @param ids - As of `table.lookup`.
 * @param options - As of `table.lookup`.
 * @returns Float32 `[...ids.shape, outputDim]`.
 * @throws What `table.lookup` rejects with, at once.
 */
export function lookupRows(table: EmbeddingTable, ids: IdsInput, options: LookupOptions = {}): NDArray | Promise<NDArray> {
  checkOptions("lookup", options, '{ invalidIds: "zero" }', lookupOptionNames);
  const { backend, variable, outputDim } = table;
  const { invalidIds = "throw" } = options;
  const { data, shape, zeroed } = checkIds(ids, table.inputDim, invalidIds, backend);
  const result = deliverRows(backend, [...shape, outputDim], data.length, options.out, (from, to, into) => {
    const { source, ids: part } = variable.currentRows(data.subarray(from, to));
    return gatherRows(source, Tensor.fromHost(new NDArray(part, [to - from]), backend), into);
  });
  if (!zeroed) return result;
  const blank = (rows: NDArray): NDArray => {
    for (const position of zeroed) rows.data.fill(0, position * outputDim, (position + 1) * outputDim);
    return rows;
  };
  return result instanceof Promise ? result.then(blank) : blank(result);
}
