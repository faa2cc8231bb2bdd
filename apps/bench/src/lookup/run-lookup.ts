import { IndexOutOfRangeError } from "@rowan/api";
import type { EmbeddingTable, InvalidIdPolicy, NDArray } from "@rowan/api";
import { NpyWriter } from "@rowan/serialize";
import { InterruptedError } from "../failure.ts";
import type { Progress } from "../progress.ts";
import type { IdReader } from "./read-ids.ts";

/** What a batch lookup needs. */
export interface LookupJob {
  readonly table: EmbeddingTable;
  readonly ids: IdReader;
  /** Where the rows go: a `.npy` file. */
  readonly out: string;
  /** How many ids are looked up at once. */
  readonly batch: number;
  readonly invalidIds: InvalidIdPolicy;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Looks ids up and writes their rows. While one batch is on its way to the disk the next one is looked up; memory does not grow with
 * the number of ids.
 *
 * @param job - The table, the ids, the file.
 * @returns How many rows were written.
 * @throws IndexOutOfRangeError naming the first bad id, its position in the file and how many there are; no file appears then.
 */
export async function runLookup(job: LookupJob): Promise<number> {
  const { table, ids, batch, invalidIds, progress, signal } = job;
  const total = ids.reader.size;
  const writer = await NpyWriter.create(job.out, "<f4", [...ids.reader.header.shape, table.outputDim]);
  let writing: Promise<void> = Promise.resolve();
  try {
    const room = Math.max(1, Math.min(batch, total));
    const outs = [table.allocate(room), table.allocate(room)];
    for (let done = 0, turn = 0; done < total; turn ^= 1) {
      if (signal.aborted) throw new InterruptedError();
      const part = await ids.next();
      const out = part.length === room ? (outs[turn] as NDArray) : table.allocate(part.length);
      await table.lookup(part, { out, invalidIds });
      await writing;
      writing = writer.write(out.data as Float32Array);
      // It is awaited in the next round, or not at all where that round fails before.
      writing.catch(() => undefined);
      done += part.length;
      progress.update(done);
      // A pause for signals: lookups and small writes alone leave the event loop none.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    await writer.finish();
    return total;
  } catch (error) {
    await writing.catch(() => undefined);
    await writer.abort();
    throw error instanceof IndexOutOfRangeError ? await locate(error, job) : error;
  }
}

/** A batch knows positions in itself only; the message names those in the file. */
async function locate(error: IndexOutOfRangeError, { ids, table }: LookupJob): Promise<IndexOutOfRangeError> {
  const invalid = await ids.findInvalid(table.inputDim);
  if (!invalid) return error;
  const { name, header, size } = ids.reader;
  const several = invalid.count > 1 ? `; ${invalid.count} of ${size} ids are invalid` : "";
  return new IndexOutOfRangeError(
    `The ids in ${name} must be integers from 0 to ${table.inputDim - 1}. Received: ${invalid.value} at position [${placeOf(invalid.position, header.shape).join(", ")}]` +
      ` (${invalid.value < 0 ? "negative" : "too large"})${several}. Correct them, or pass --invalid-ids clip or --invalid-ids zero.`,
  );
}

function placeOf(position: number, shape: readonly number[]): number[] {
  const place: number[] = [];
  let rest = position;
  for (const extent of shape.toReversed()) {
    place.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return place;
}
