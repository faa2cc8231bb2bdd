import { EmbeddingTable, FormatError, NDArray, formatShape } from "@rowan/api";
import type { ByteReader } from "../../io/byte-reader.ts";
import type { TableTarget } from "../table/table-builder.ts";
import { countElements } from "./array-form.ts";
import type { ArrayForm } from "./array-form.ts";

/**
 * Reads a matrix of half floats as a table that keeps them: half of the memory, and rows that are read only.
 *
 * @param reader - In front of the first element.
 * @param form - Float16 or bfloat16 in C order.
 * @param target - Where the table shall live.
 * @param limit - Only so many rows are kept, the first ones.
 * @returns The table.
 * @throws FormatError where it is anything else, or is cut off.
 */
export async function readHalfRows(reader: ByteReader, form: ArrayForm, target: TableTarget, limit?: number): Promise<EmbeddingTable> {
  const { name, kind, shape } = form;
  const [total = 0, dim = 0] = shape;
  if ((kind !== "f2" && kind !== "bf") || form.bigEndian || form.fortranOrder || shape.length !== 2 || total === 0 || dim === 0) {
    throw new FormatError(
      `${name} must be a little-endian float16 or bfloat16 table in C order where halves are kept. Received: ${kind} of shape ${formatShape(shape)}. Leave keepHalf out to read it as float32.`,
    );
  }
  countElements(name, shape, 2);
  const rows = Math.min(total, limit ?? Infinity);
  const bytes = (await reader.take(rows * dim * 2, "the values")).slice();
  const { backend, name: tableName } = target;
  return EmbeddingTable.fromQuantized(
    { kind: kind === "f2" ? "float16" : "bfloat16", outputDim: dim, data: new NDArray(bytes, [rows, 2 * dim]) },
    { ...(backend && { backend }), ...(tableName !== undefined && { name: tableName }) },
  );
}
