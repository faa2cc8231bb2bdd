import type { EmbeddingTable } from "../table/embedding-table.ts";
import { preparedLookup } from "../table/prepared-rows.ts";
import { gatherRows } from "../table/stored-rows.ts";
import type { Tensor } from "../tensor/tensor.ts";
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
  const { ids: data, source, places, plan, rows } = preparedLookup(table, ids, isRecording());
  // A view of its own for each lookup: the tape tells results apart.
  const found = rows ? rows.view([...places.shape, table.outputDim]) : gatherRows(source, places);
  return recordRows(found, { variable: table.variable, ids: data, ...(plan && { plan }) });
}
