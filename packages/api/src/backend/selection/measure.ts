import type { Backend } from "../backend.ts";
import type { Sample } from "./cost-model.ts";
import { rehearse } from "./rehearsal.ts";
import { now, timeCalls, timeTurn } from "./time-calls.ts";
import type { Workload } from "./workload.ts";

/** The largest table that is made for a measurement, in values: 8 MiB. Training makes two more of that size. */
const tableValues = 2 ** 21;
/** The most values of rows that one timed call moves. */
const callValues = 2 ** 19;
/** Ids of the call that tells what a call costs by itself are so many times fewer. */
const fewer = 8;

/** Who takes so many times as long as another backend has no need of an exact time. */
const hopeless = 3;
/** A fraction of the work that takes so many times as long as another backend takes for all of it ends the measurement. */
const tooSlow = 3;
/** But not one of so few milliseconds: an interruption may have been most of it. */
const cheapMs = 1;

/** What was found out about one backend. It holds memory on the backend until `dispose`. */
export interface Measured {
  /** Of a call of the workload, as a whole. */
  readonly ms: number;
  /** Of the very first call, in which an engine compiles what it needs. */
  readonly wakingMs: number;
  readonly samples: readonly Sample[];
  /** The measurement was given up: even a fraction of the work took longer than another backend takes for all of it. */
  readonly gaveUp: boolean;
  /**
   * Times the same work once more.
   *
   * @param forMs - About how long, in milliseconds; at least one call.
   * @returns Milliseconds of a call of the workload, as a whole.
   */
  turn(forMs: number): Promise<number>;
  dispose(): void;
}

/**
 * Times a workload on a backend. Tables and batches that are too large for a short measurement are timed at two smaller sizes each,
 * and estimated from these: a batch along a line, a table by the power of its size that the two times show, which is nearly 0 where only
 * caches are missed and 1 where an update copies the table.
 *
 * @param backend - Where.
 * @param workload - What.
 * @param budgetMs - About how long it may take, with the making of its tables.
 * @param bestMs - What another backend takes; Infinity for the first one.
 * @returns The time of a call, and what was timed.
 */
export async function measure(backend: Backend, workload: Workload, budgetMs: number, bestMs: number): Promise<Measured> {
  const { inputDim, outputDim, batch } = workload;
  const rows = Math.min(inputDim, Math.max(1, Math.floor(tableValues / outputDim)));
  const ids = Math.min(batch, Math.max(1, Math.floor(callValues / outputDim)));
  const began = now();
  const whole = rehearse(backend, { ...workload, inputDim: rows, batch: ids });
  try {
    const samples: Sample[] = [];
    const few = Math.max(1, Math.floor(ids / fewer));
    const wakingMs = await timeTurn(() => whole.run(few), 0);
    // Who needs long to make a table gets less time to work on it, but some.
    const left = Math.max(budgetMs - (now() - began) + wakingMs, budgetMs / 4);
    const time = async (run: () => Promise<void>, size: Pick<Workload, "inputDim" | "batch">, share: number): Promise<number> => {
      const ms = await timeCalls(run, (left * share) / 2, (left * share) / 2, hopeless * bestMs);
      samples.push({ ...size, outputDim, ms });
      return ms;
    };
    const result = (ms: number, pieceMs: number, gaveUp: boolean): Measured => ({
      ms,
      wakingMs,
      samples,
      gaveUp,
      turn: async (forMs) => (await timeTurn(() => whole.run(), forMs)) * (ms / pieceMs),
      dispose: () => whole.dispose(),
    });
    const fewMs = few < ids ? await time(() => whole.run(few), { inputDim: rows, batch: few }, 0.2) : 0;
    if (fewMs > Math.max(cheapMs, tooSlow * bestMs)) return result(fewMs, fewMs, true);
    const pieceMs = await time(() => whole.run(), { inputDim: rows, batch: ids }, rows < inputDim ? 0.5 : 0.8);
    let ms = pieceMs;
    if (rows < inputDim && fewMs <= bestMs) {
      const part = Math.max(1, Math.floor(rows / 4));
      const rehearsal = rehearse(backend, { ...workload, inputDim: part, batch: ids });
      try {
        const partMs = await time(() => rehearsal.run(), { inputDim: part, batch: ids }, 0.3);
        const power = Math.log(ms / partMs) / Math.log(rows / part);
        ms *= (inputDim / rows) ** Math.min(1, Math.max(0, power));
      } finally {
        rehearsal.dispose();
      }
    }
    if (ids < batch) ms += (Math.max(0, ms - fewMs) / (ids - few)) * (batch - ids);
    if (rows < inputDim || ids < batch) samples.push({ inputDim, outputDim, batch, ms });
    return result(ms, pieceMs, false);
  } catch (error) {
    whole.dispose();
    throw error;
  }
}
