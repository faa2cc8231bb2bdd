import type { Backend } from "../backend.ts";
import type { Sample } from "./cost-model.ts";
import { rehearse } from "./rehearsal.ts";
import { timeCalls } from "./time-calls.ts";
import type { Workload } from "./workload.ts";

/** The largest table that is made for a measurement, in values: 8 MiB. Training makes two more of that size. */
const tableValues = 2 ** 21;
/** The most values of rows that one timed call moves. */
const callValues = 2 ** 19;
/** Ids of the call that tells what a call costs by itself are so many times fewer. */
const fewer = 8;

/** What was found out about one backend. */
export interface Measured {
  /** Of a call of the workload, as a whole. */
  readonly ms: number;
  readonly samples: readonly Sample[];
  /** The measurement was given up: even a fraction of the work took longer than another backend takes for all of it. */
  readonly gaveUp: boolean;
}

/**
 * Times a workload on a backend. Tables and batches that are too large for a short measurement are timed at two smaller sizes each,
 * and estimated from these: a batch along a line, a table by the power of its size that the two times show, which is nearly 0 where only
 * caches are missed and 1 where an update copies the table.
 *
 * @param backend - Where.
 * @param workload - What.
 * @param budgetMs - About how long it may take.
 * @param bestMs - What another backend takes; Infinity for the first one.
 * @returns The time of a call, and what was timed.
 */
export async function measure(backend: Backend, workload: Workload, budgetMs: number, bestMs: number): Promise<Measured> {
  const { inputDim, outputDim, batch } = workload;
  const rows = Math.min(inputDim, Math.max(1, Math.floor(tableValues / outputDim)));
  const ids = Math.min(batch, Math.max(1, Math.floor(callValues / outputDim)));
  const samples: Sample[] = [];
  const time = async (size: Partial<Workload>, share: number): Promise<number> => {
    const piece = { ...workload, inputDim: rows, batch: ids, ...size };
    const rehearsal = rehearse(backend, piece);
    try {
      const ms = await timeCalls(() => rehearsal.run(), (budgetMs * share) / 2, (budgetMs * share) / 2);
      samples.push({ inputDim: piece.inputDim, outputDim, batch: piece.batch, ms });
      return ms;
    } finally {
      rehearsal.dispose();
    }
  };
  const few = Math.max(1, Math.floor(ids / fewer));
  const fewMs = few < ids ? await time({ batch: few }, 0.2) : 0;
  if (fewMs > 1.5 * bestMs) return { ms: fewMs, samples, gaveUp: true };
  let ms = await time({}, rows < inputDim ? 0.5 : 0.8);
  if (rows < inputDim && fewMs <= bestMs) {
    const part = Math.max(1, Math.floor(rows / 4));
    const power = Math.log(ms / (await time({ inputDim: part }, 0.3))) / Math.log(rows / part);
    ms *= (inputDim / rows) ** Math.min(1, Math.max(0, power));
  }
  if (ids < batch) ms += (Math.max(0, ms - fewMs) / (ids - few)) * (batch - ids);
  if (rows < inputDim || ids < batch) samples.push({ inputDim, outputDim, batch, ms });
  return { ms, samples, gaveUp: false };
}
