import { open } from "node:fs/promises";
import { RecordBatchReader, compressionRegistry, CompressionType } from "apache-arrow";
import type { RecordBatch, Vector } from "apache-arrow";
import { FileError } from "../failure.ts";
import { chooseColumn, rowCell } from "./columns.ts";
import { unpackLz4Frames } from "./lz4-frame.ts";
import type { CellInput, ColumnChoice, RawCell } from "./cell-input.ts";

/** Cells are made of so many rows at a time. */
const pieceRows = 1 << 14;

/**
 * Ids of an Arrow file or stream (Feather version 2): a column of integers, of texts, or of lists of them. Memory holds a batch of it.
 *
 * @param path - The file.
 * @param choice - Which column.
 * @throws FileError for what is no Arrow file and for a column that it does not have; the system's error where it cannot be opened.
 */
export async function arrowCells(path: string, choice: ColumnChoice): Promise<CellInput> {
  const file = await open(path);
  try {
    await registerCodecs();
    const { size } = await file.stat();
    const reader = await reading(path, async () => (await RecordBatchReader.from(file)).open());
    const columns = chooseColumn(
      path,
      reader.schema.fields.map(({ name }) => name),
      choice,
    );
    const batches = reader.isFile() && "numRecordBatches" in reader ? reader.numRecordBatches : 0;
    let done = 0;
    return {
      name: path,
      placeOf: (line, column) => `row ${line}, element ${column}`,
      part: () => (batches > 0 ? done / batches : size === 0 ? 1 : undefined),
      async *cells() {
        let line = 0;
        const all = (reader as AsyncIterable<RecordBatch>)[Symbol.asyncIterator]();
        for (;;) {
          const next = await reading(path, () => all.next());
          if (next.done === true) return;
          yield* readBatch(next.value, columns, line);
          line += next.value.numRows;
          done++;
        }
      },
      close: async () => {
        await reader.cancel();
        await file.close();
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function* readBatch(
  batch: RecordBatch,
  { ids, weights }: { readonly ids: string; readonly weights: string | undefined },
  line: number,
): Generator<RawCell[]> {
  const values = batch.getChild(ids) as Vector;
  const factors = weights === undefined ? undefined : (batch.getChild(weights) as Vector);
  for (let at = 0; at < batch.numRows; at += pieceRows) {
    const count = Math.min(pieceRows, batch.numRows - at);
    yield Array.from({ length: count }, (_, i) =>
      rowCell(line + at + i + 1, plain(values.get(at + i)), factors && { value: plain(factors.get(at + i)) }),
    );
  }
}

/** Lists come as vectors. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Symbol.iterator in value ? [...(value as Iterable<unknown>)] : value;
}

/** The library knows that batches may be packed, and leaves unpacking to others; it wants memory that begins where numbers may. */
async function registerCodecs(): Promise<void> {
  if (compressionRegistry.get(CompressionType.ZSTD) !== null) return;
  const { decompressZstd } = await import("hyparquet-compressors");
  compressionRegistry.set(CompressionType.ZSTD, { decode: (bytes) => decompressZstd(bytes).slice() });
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: unpackLz4Frames });
}

async function reading<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || "syscall" in error) throw error;
    throw new FileError(`${path} must be an Arrow file that can be read. Received: ${error.message}.`, { cause: error });
  }
}
