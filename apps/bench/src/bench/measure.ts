import type { BenchCase } from "./cases.ts";
import type { Contender } from "./contender.ts";

/** How long the calls of one contender took. */
export interface Measurement {
  readonly name: string;
  readonly calls: number;
  /** Of the calls, in milliseconds. */
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly rowsPerSecond: number;
  /** Bytes of rows that arrived, at the median, in 1e9 bytes a second. */
  readonly gigabytesPerSecond: number;
}

/** Different ids for successive calls: with the same ones again and again the rows would stay in the cache. */
const idSets = 16;
/** Calls of a turn; the first one is not timed, it brings the contender's own code and table back into the caches. */
const turnCalls = 11;
const leastTurns = 2;

/**
 * Times contenders in turns: what disturbs the machine for a while disturbs all of them.
 *
 * @param contenders - What is timed; the results of all must be the same as the first one's.
 * @param size - The table and the batch.
 * @param seconds - How long each is timed, after a turn to warm up; two turns of ten calls are the least.
 * @returns One measurement a contender, in the same order.
 */
export async function measure(contenders: readonly Contender[], size: BenchCase, seconds: number): Promise<Measurement[]> {
  const ids = makeIds(size);
  await compareResults(contenders, ids[0] as Int32Array);
  const times = contenders.map((): number[] => []);
  const spent = contenders.map(() => 0);
  for (let turn = -1; ; turn++) {
    const active = contenders.filter((_, which) => turn < leastTurns || (spent[which] as number) < 1000 * seconds);
    if (active.length === 0) break;
    for (const contender of active) {
      const which = contenders.indexOf(contender);
      for (let call = 0; call < turnCalls; call++) {
        const batch = ids[(turn + 1 + call) % idSets] as Int32Array;
        const start = performance.now();
        await contender.lookup(batch);
        const took = performance.now() - start;
        spent[which] = (spent[which] as number) + took;
        if (turn >= 0 && call > 0) times[which]?.push(took);
      }
    }
  }
  return contenders.map(({ name }, which) => summarise(name, times[which] ?? [], size));
}

/**
 * Median and 99th percentile of times, and the speed that the median means.
 *
 * @param name - Whose times.
 * @param times - Of single calls, in milliseconds; at least one.
 * @param size - What a call looks up.
 */
export function summarise(name: string, times: readonly number[], { batch, dim }: BenchCase): Measurement {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] as number;
  const medianMs = at(0.5);
  const rowsPerSecond = (1000 * batch) / medianMs;
  return { name, calls: times.length, medianMs, p99Ms: at(0.99), rowsPerSecond, gigabytesPerSecond: (rowsPerSecond * dim * 4) / 1e9 };
}

async function compareResults(contenders: readonly Contender[], ids: Int32Array): Promise<void> {
  let expected: Float32Array | undefined;
  for (const contender of contenders) {
    const { name } = contender;
    const rows = await contender.lookup(ids);
    expected ??= rows.slice();
    const differs = expected.findIndex((value, i) => value !== rows[i]);
    if (differs >= 0)
      throw new Error(
        `${name} gives other rows than ${contenders[0]?.name ?? ""}: value ${differs} is ${String(rows[differs])} instead of ${String(expected[differs])}`,
      );
  }
}

/** Evenly spread ids, the same in every run (xorshift32, Marsaglia 2003). */
function makeIds({ rows, batch }: BenchCase): Int32Array[] {
  let state = 0x9e3779b9;
  return Array.from({ length: idSets }, () =>
    Int32Array.from({ length: batch }, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return Math.floor(((state >>> 0) / 2 ** 32) * rows);
    }),
  );
}
