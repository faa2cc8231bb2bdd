import { join } from "node:path";
import { NpyWriter } from "@rowan/serialize";
import { createPause } from "../../interruption/pause.ts";
import { makeIds, randomNumbers } from "../data.ts";

/** How large a batch lookup is. */
export interface BatchSize {
  /** Rows of the table. */
  readonly rows: number;
  /** Values in a row. */
  readonly dim: number;
  /** Ids that are looked up. */
  readonly ids: number;
}

/** The files of a batch lookup. */
export interface BatchFiles {
  readonly table: string;
  readonly ids: string;
  readonly out: string;
}

const pieceIds = 1 << 20;

/**
 * Writes a table and ids, uniformly spread, a piece at a time.
 *
 * @param folder - Exists.
 * @param size - How large.
 * @param signal - Ends it.
 */
export async function writeInputs(folder: string, { rows, dim, ids: count }: BatchSize, signal: AbortSignal): Promise<BatchFiles> {
  const pause = createPause(signal);
  const files = { table: join(folder, "table.npy"), ids: join(folder, "ids.npy"), out: join(folder, "rows.npy") };
  const table = await NpyWriter.create(files.table, "<f4", [rows, dim]);
  const random = randomNumbers(rows + dim);
  const step = Math.max(1, Math.floor(pieceIds / dim));
  for (let from = 0; from < rows; from += step) {
    await pause();
    await table.write(Float32Array.from({ length: Math.min(step, rows - from) * dim }, () => 0.1 * random() - 0.05));
  }
  await table.finish();
  const ids = await NpyWriter.create(files.ids, "<i4", [count]);
  const piece = makeIds(rows, Math.min(pieceIds, count), "uniform");
  for (let from = 0; from < count; from += pieceIds) {
    await pause();
    // Each piece other ids: a shift of all of them leaves them uniform.
    const shift = Math.imul(from / pieceIds, 40503) % rows;
    const part = piece.subarray(0, Math.min(pieceIds, count - from));
    await ids.write(part.map((id) => (id + shift) % rows));
  }
  await ids.finish();
  return files;
}
