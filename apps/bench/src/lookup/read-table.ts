import { EmbeddingTable } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { NpyReader } from "@rowan/serialize";
import { FileError } from "../failure.ts";

/** Rows go to the table in pieces of about this size. */
const pieceBytes = 1 << 20;

/**
 * Reads a table from a `.npy` file. Beside the table it takes a megabyte.
 *
 * @param path - Float32 or float64 `[rows, dim]`; float64 is rounded.
 * @param backend - Where the table shall live.
 * @returns The table.
 * @throws FileError when the file holds something else.
 */
export async function readTable(path: string, backend: Backend): Promise<EmbeddingTable> {
  const reader = await NpyReader.open(path, ["f4", "f8"], "float32 or float64");
  try {
    const { shape } = reader.header;
    const [rows, dim] = shape;
    if (shape.length !== 2 || !rows || !dim) {
      throw new FileError(`${path} must hold a table of shape (rows, dim). Received: shape (${shape.join(", ")}).`);
    }
    const table = EmbeddingTable.create({ inputDim: rows, outputDim: dim, initializer: "zeros", backend });
    const step = Math.max(1, Math.floor(pieceBytes / reader.itemBytes / dim));
    const buffer = new Uint8Array(step * dim * reader.itemBytes);
    for (let from = 0; from < rows; from += step) {
      const bytes = await reader.read(buffer);
      const values = toFloats(bytes, reader.itemBytes);
      await table.setRows(
        Int32Array.from({ length: values.length / dim }, (_, i) => from + i),
        values,
      );
    }
    return table;
  } finally {
    await reader.close();
  }
}

function toFloats({ buffer, byteOffset, length }: Uint8Array, itemBytes: number): Float32Array {
  return itemBytes === 4
    ? new Float32Array(buffer, byteOffset, length / 4)
    : Float32Array.from(new Float64Array(buffer, byteOffset, length / 8));
}
