import { asyncBufferFromFile, parquetMetadataAsync, parquetScan } from "hyparquet";
import type { AsyncBuffer, FileMetaData } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { FileError } from "../failure.ts";
import { chooseColumn, rowCell } from "./columns.ts";
import type { CellInput, ColumnChoice, RawCell } from "./cell-input.ts";

/**
 * Ids of a Parquet file: a column of integers, of texts, or of lists of them. Memory holds a group of rows of the columns that are used.
 *
 * @param path - The file.
 * @param choice - Which column.
 * @throws FileError for what is no Parquet file and for a column that it does not have; the system's error where it cannot be opened.
 */
export async function parquetCells(path: string, choice: ColumnChoice): Promise<CellInput> {
  const file = await asyncBufferFromFile(path);
  const metadata = await reading(path, () => parquetMetadataAsync(file));
  const [root, ...fields] = metadata.schema;
  const names = topNames(fields, root?.num_children ?? 0);
  const columns = chooseColumn(path, names, choice);
  const total = Number(metadata.num_rows);
  let read = 0;
  return {
    name: path,
    total,
    placeOf: (line, column) => `row ${line}, element ${column}`,
    part: () => (total > 0 ? read / total : 1),
    async *cells() {
      for await (const cells of readGroups(path, file, metadata, columns)) {
        read += cells.length;
        yield cells;
      }
    },
    close: () => Promise.resolve(),
  };
}

async function* readGroups(
  path: string,
  file: AsyncBuffer,
  metadata: FileMetaData,
  { ids, weights }: { readonly ids: string; readonly weights: string | undefined },
): AsyncGenerator<RawCell[]> {
  const columns = weights === undefined ? [ids] : [ids, weights];
  // Without the index of pages a range is a whole group.
  const scan = await reading(path, () => parquetScan({ file, metadata, columns, compressors, useOffsetIndex: false }));
  for (const { rowStart, rowEnd } of scan.ranges) {
    const column = (name: string): Promise<ArrayLike<unknown>> => reading(path, () => scan.readColumn({ column: name, rowStart, rowEnd }));
    const values = await column(ids);
    const factors = weights === undefined ? undefined : await column(weights);
    for (let at = 0; at < values.length; at += pieceRows) {
      const count = Math.min(pieceRows, values.length - at);
      yield Array.from({ length: count }, (_, i) => rowCell(rowStart + at + i + 1, values[at + i], factors && { value: factors[at + i] }));
    }
  }
}

/** Cells are made of so many rows at a time. */
const pieceRows = 1 << 14;

/** The fields under the root, each followed by all that is inside of it. */
function topNames(fields: FileMetaData["schema"], count: number): string[] {
  const names: string[] = [];
  let at = 0;
  const skip = (): void => {
    const inside = fields[at++]?.num_children ?? 0;
    for (let i = 0; i < inside; i++) skip();
  };
  for (let i = 0; i < count; i++) {
    names.push(fields[at]?.name ?? "");
    skip();
  }
  return names;
}

/** The library's errors do not name the file. */
async function reading<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || "syscall" in error) throw error;
    throw new FileError(`${path} must be a Parquet file that can be read. Received: ${error.message}.`, { cause: error });
  }
}
