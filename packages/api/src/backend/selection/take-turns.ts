import type { Measurement } from "./measure.ts";
import { now } from "./time-calls.ts";

/** Who is within these factors of the fastest is timed again: after the first time, and after some turns. */
const mayCatchUp = 4;
const near = 2;
/** Who takes so few milliseconds a call is timed again in any case: one interruption is as long as hundreds of calls. */
const cheapMs = 1;
/** So many turns are taken, and after so many the slow ones drop out. */
const turns = 9;
const patience = 3;

/**
 * Settles the times of those that may be the fastest by the median of some turns, which they take one after another: what disturbs one
 * disturbs all of them. Those that fall behind drop out. The first times were taken of code that was not warm, so they exclude few.
 *
 * @param measurements - Whose batch was timed as a whole.
 * @param forMs - About how long, in milliseconds.
 * @returns Those that failed in a turn, such as one whose device was lost, and with what.
 */
export async function takeTurns(measurements: readonly Measurement[], forMs: number): Promise<ReadonlyMap<Measurement, unknown>> {
  const failed = new Map<Measurement, unknown>();
  const least = (): number => Math.min(...measurements.filter((one) => !failed.has(one)).map(({ ms }) => ms));
  const end = now() + forMs;
  let close = measurements.filter(({ ms }) => ms <= mayCatchUp * least() || ms <= cheapMs).map((one) => ({ one, taken: [] as number[] }));
  for (let turn = 0; turn < turns && close.length > 1; turn++) {
    // Nobody's turn begins that cannot be everybody's.
    if (now() + close.reduce((sum, { one }) => sum + one.partMs, 0) > end) break;
    for (const { one, taken } of close) {
      try {
        taken.push(await one.turn(forMs / turns / close.length));
        one.settle(median(taken));
      } catch (error) {
        failed.set(one, error);
      }
    }
    const best = least();
    close = close.filter(({ one, taken }) => {
      if (failed.has(one)) return false;
      const fastest = one.ms - median(taken) + Math.min(...taken);
      return fastest <= near * best || (taken.length < patience && fastest <= cheapMs);
    });
  }
  return failed;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] as number;
}
