import { createPause } from "../interruption/pause.ts";
import { untilInterrupted } from "../interruption/until-interrupted.ts";
import type { BenchCase } from "./bench-case.ts";
import { compareResults } from "./compare.ts";
import type { Contender } from "./contender.ts";
import { unlessFailed } from "./peers/peer-failed.ts";
import { pairRatio, quantile } from "./statistics.ts";
import type { Spread } from "./statistics.ts";

/** How long the calls of one contender took. */
export interface Measurement {
  readonly name: string;
  readonly peer: string;
  readonly calls: number;
  /** Of the calls, in milliseconds. */
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly rowsPerSecond?: number;
  /** Bytes of rows read from the table, at the median, in 1e9 bytes a second. */
  readonly gigabytesPerSecond?: number;
  /** Its time divided by the first contender's, turn by turn: how many times faster the first one is. */
  readonly ratio?: Spread;
  /** Bytes of memory that a call takes at most, beside its tables. */
  readonly memoryBytes?: number;
  /** The median of each turn, in milliseconds, in order: contenders' turns of one number were taken right after each other. */
  readonly turnMs: readonly number[];
}

/** How much is measured. */
export interface Effort {
  /** How often everybody has a turn. */
  readonly turns: number;
  /** About how long a turn lasts, in milliseconds. */
  readonly turnMs: number;
  /** About how long everybody warms up, in milliseconds. */
  readonly warmMs: number;
  /** How long it may take to go through all sets once before timing begins, in milliseconds. */
  readonly setsMs: number;
}

/** The usual effort, and the one that only shows that everything runs. */
export const efforts: Readonly<Record<"full" | "quick", Effort>> = {
  full: { turns: 15, turnMs: 40, warmMs: 400, setsMs: 4000 },
  quick: { turns: 2, turnMs: 0, warmMs: 0, setsMs: 0 },
};

/** Whoever needs longer for a call has no time to waste: no call before the timed one, one call a turn, few turns. */
const slowMs = 250;
const usualSlowTurns = 3;
/** Whoever is done with a call at once has no more of them in a turn, and to warm up, than this. */
const mostCalls = 4096;
/** About how long may pass between two looks at the signal, in milliseconds. */
const partMs = 250;

interface Plan {
  readonly contender: Contender;
  readonly warm: number;
  readonly calls: number;
  readonly turns: number;
  readonly times: number[];
  readonly turnMs: number[];
  next: number;
  /** It has no turn any more, and the turns that it had do not count. */
  hasFailed: boolean;
}

/**
 * Compares results, then times contenders in turns, A B C A B C ...: what disturbs the machine for a while disturbs all of them.
 * The first call of a turn is not timed: it brings the contender's own code and table back into the caches.
 *
 * @param contenders - The first one is what the others are compared with.
 * @param work - What a call does.
 * @param effort - How much is measured.
 * @param signal - Ends it.
 * @returns One measurement a contender, in the same order; those that have failed are left out.
 */
export async function measure(
  contenders: readonly Contender[],
  work: BenchCase,
  effort: Effort,
  signal: AbortSignal,
): Promise<Measurement[]> {
  const pause = createPause(signal);
  const compared = await untilInterrupted(compareResults(contenders, work.tolerance ?? 0), signal);
  const plans: Plan[] = [];
  for (const contender of compared) {
    const plan = await unlessFailed(warmUp(contender, work, effort, signal));
    if (plan) plans.push(plan);
  }
  for (let turn = 0; turn < effort.turns; turn++) {
    // Everybody is once the first, so that nobody always follows the same neighbour's traces in the caches.
    for (let place = 0; place < plans.length; place++) {
      const plan = plans[(turn + place) % plans.length] as Plan;
      if (turn >= plan.turns || plan.hasFailed) continue;
      await pause();
      const times = await unlessFailed(untilInterrupted(plan.contender.turn(plan.next, plan.warm, plan.calls), signal));
      if (times === undefined) {
        plan.hasFailed = true;
        continue;
      }
      plan.next += plan.warm + plan.calls;
      plan.times.push(...times);
      plan.turnMs.push(quantile(times, 0.5));
    }
  }
  const measured = plans.filter(({ hasFailed }) => !hasFailed);
  const measurements: Measurement[] = [];
  for (const [index, plan] of measured.entries()) {
    const memoryBytes = await plan.contender.memory?.();
    const measurement = summarise(plan, work, index === 0 ? undefined : measured[0]?.turnMs);
    measurements.push({ ...measurement, ...(memoryBytes !== undefined && { memoryBytes }) });
  }
  return measurements;
}

async function warmUp(
  contender: Contender,
  { sets = 0, slowTurns = usualSlowTurns }: BenchCase,
  { turns, turnMs, warmMs, setsMs }: Effort,
  signal: AbortSignal,
): Promise<Plan> {
  const pause = createPause(signal);
  const [first = 0] = await untilInterrupted(contender.turn(0, 0, 1), signal);
  const within = (milliseconds: number, each: number): number => Math.ceil(milliseconds / Math.max(each, 0.001));
  const times = first > slowMs ? [first] : [];
  let spent = 0;
  // How long a call takes is known better from part to part: the first ones of a short call take many times as long as later ones.
  let each = first;
  // In parts, so that signals have their turn.
  while (first <= slowMs) {
    const forTime = Math.min(mostCalls - times.length, within(warmMs - spent, each));
    const forSets = Math.min(sets - times.length, within(setsMs - spent, each));
    const missing = Math.max(forSets, forTime, times.length === 0 ? 1 : 0);
    if (missing <= 0) break;
    await pause();
    const part = Math.max(1, Math.min(missing, within(partMs, each)));
    const taken = await untilInterrupted(contender.turn(1 + times.length, 0, part), signal);
    times.push(...taken);
    const sum = taken.reduce((total, time) => total + time, 0);
    spent += sum;
    each = sum / part;
  }
  const typical = quantile(times, 0.5);
  const slow = typical > slowMs;
  return {
    contender,
    warm: slow ? 0 : 1,
    calls: slow ? 1 : Math.min(mostCalls, Math.max(1, Math.round(turnMs / Math.max(typical, 0.001)))),
    turns: slow ? Math.min(slowTurns, turns) : turns,
    times: [],
    turnMs: [],
    next: 1 + times.length,
    hasFailed: false,
  };
}

/**
 * Median and 99th percentile of times, and the speed that the median means.
 *
 * @param timed - Whose times, of single calls and of turns, in milliseconds; at least one.
 * @param work - What a call does.
 * @param reference - The first contender's turns; undefined for itself.
 */
export function summarise(
  { contender, times, turnMs }: Pick<Plan, "contender" | "times" | "turnMs">,
  work: Pick<BenchCase, "rows" | "bytes">,
  reference: readonly number[] | undefined,
): Measurement {
  const medianMs = quantile(times, 0.5);
  const bytes = contender.bytes ?? work.bytes;
  const ratio = reference && pairRatio(turnMs, reference);
  return {
    name: contender.name,
    peer: contender.peer,
    calls: times.length,
    medianMs,
    p99Ms: quantile(times, 0.99),
    ...(work.rows !== undefined && { rowsPerSecond: (1000 * work.rows) / medianMs }),
    ...(bytes !== undefined && { gigabytesPerSecond: bytes / medianMs / 1e6 }),
    ...(ratio && { ratio }),
    turnMs,
  };
}
