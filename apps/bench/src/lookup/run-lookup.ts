import { IndexOutOfRangeError } from "@rowan/api";
import { openSink } from "../files/vector-sink.ts";
import type { SinkOptions, VectorSink } from "../files/vector-sink.ts";
import { InterruptedError, KeptError } from "../failure.ts";
import type { IdBatch, IdSource } from "../ids/id-source.ts";
import { formatCount } from "../format.ts";
import type { Progress } from "../progress.ts";
import { locateInvalid } from "./locate-invalid.ts";
import type { JobState } from "./resume.ts";
import type { RowServer } from "./row-server.ts";

/** What a batch lookup needs. */
export interface LookupJob {
  readonly ids: IdSource;
  readonly server: RowServer;
  readonly out: Omit<SinkOptions, "dim" | "shape" | "from">;
  /** Keeps from where the job can be gone on with; undefined where it shall not be. */
  readonly state: JobState | undefined;
  /** The rest of the ids can be read to say how many are out of range. */
  readonly countsInvalid: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** What was done. */
export interface LookupResult {
  /** Vectors in the output. */
  readonly rows: number;
  /** How many of them an earlier run had written. */
  readonly resumedFrom: number;
}

/** The state is kept this often, in milliseconds. */
const saveInterval = 10_000;

/**
 * Looks ids up and writes their vectors. While one batch is on its way to the disk the next one is looked up, and the one behind it is
 * read; memory does not grow with the number of ids.
 *
 * @param job - The ids, who looks them up, where the vectors go.
 * @throws IndexOutOfRangeError naming the first bad id, its place and how many there are; no file appears then. KeptError where the
 *   system failed, as by a full disk, and the job can be gone on with.
 */
export async function runLookup(job: LookupJob): Promise<LookupResult> {
  const { ids, server, state, signal } = job;
  const from = await state?.load();
  const sink = await openSink({ ...job.out, dim: server.outputDim, shape: ids.shape, from });
  const resumedFrom = from?.rows ?? 0;
  let kept = from?.rows;
  const keep = async (): Promise<void> => {
    const reached = state && sink.rows > 0 ? await sink.save() : undefined;
    if (reached === undefined) return;
    await state?.save(reached);
    kept = reached.rows;
  };
  try {
    await state?.makeRoom();
    await writeBatches(job, sink, resumedFrom, keep);
    await sink.finish();
    await state?.clear();
    return { rows: sink.rows, resumedFrom };
  } catch (error) {
    // What the user must put right makes it another job; after anything else it can be gone on with.
    const mayGoOn = signal.aborted || isSystemFault(error);
    if (mayGoOn) await keep().catch(() => undefined);
    const goesOn = mayGoOn && kept !== undefined;
    await sink.abort(goesOn);
    await (goesOn ? state?.close() : state?.clear());
    if (goesOn) throw describeKept(kept ?? 0, signal.aborted ? undefined : error);
    throw signal.aborted ? new InterruptedError() : error;
  }
}

function describeKept(rows: number, fault: unknown): Error {
  const count = `${formatCount(rows)} rows`;
  return fault === undefined
    ? new InterruptedError(`interrupted after ${count}; the same command with --resume goes on from there`)
    : new KeptError(`${count} are kept: the same command with --resume goes on from there.`, fault);
}

function isSystemFault(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

async function writeBatches(job: LookupJob, sink: VectorSink, skip: number, keep: () => Promise<void>): Promise<void> {
  const { ids, server, progress, signal, state } = job;
  const batches = ids.batches();
  let writing: Promise<void> = Promise.resolve();
  let lastSaved = performance.now();
  let [seen, idsSeen] = [0, 0];
  try {
    let next = advance(batches);
    for (let turn = 0; ; turn ^= 1) {
      const { value: batch, done } = await next;
      if (done === true) break;
      if (signal.aborted) throw new InterruptedError();
      next = advance(batches);
      if (seen >= skip) {
        const data = await look(job, batch, turn, { following: next, batches, before: idsSeen });
        await writing;
        if (state !== undefined && performance.now() - lastSaved > saveInterval) {
          await keep();
          lastSaved = performance.now();
        }
        writing = sink.write(data, batch.labels);
        // It is awaited in the next round, or not at all where that round fails before.
        writing.catch(() => undefined);
      }
      seen += batch.count;
      idsSeen += batch.ids.length;
      progress.update(seen, ids.part());
      // A pause for signals: lookups and small writes alone leave the event loop none.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    if (signal.aborted) throw new InterruptedError();
  } finally {
    await writing.catch(() => undefined);
  }

  async function look(
    { countsInvalid }: LookupJob,
    batch: IdBatch,
    turn: number,
    around: { readonly following: Next; readonly batches: AsyncGenerator<IdBatch>; readonly before: number },
  ): Promise<Float32Array> {
    try {
      return await server.look(batch, turn);
    } catch (error) {
      if (!(error instanceof IndexOutOfRangeError)) throw error;
      const { following, before } = around;
      const rest = countsInvalid ? around.batches : undefined;
      throw await locateInvalid(error, { name: ids.name, rows: server.inputDim, batch, before, following, rest, signal });
    }
  }
}

type Next = Promise<IteratorResult<IdBatch, unknown>>;

/** Where it fails before its turn, that is told at its turn. */
function advance(batches: AsyncGenerator<IdBatch>): Next {
  const next: Next = batches.next();
  next.catch(() => undefined);
  return next;
}
