import { BackendUnavailableError } from "@rowan/api";
import { InterruptedError } from "../failure.ts";
import { createPause } from "../interruption/pause.ts";
import type { Surroundings } from "../terminal.ts";
import type { BenchCase, Scale } from "./bench-case.ts";
import type { Contender, PeerName } from "./contender.ts";
import { describeMachine, isBusy } from "./machine.ts";
import { efforts, measure } from "./measure.ts";
import type { Effort } from "./measure.ts";
import { caseResult, formatMachine, formatResult } from "./report.ts";
import type { CaseResult, Report } from "./report.ts";
import { Room } from "./room.ts";

/** What is measured, and against whom. */
export interface BenchPlan {
  readonly cases: readonly BenchCase[];
  /** What is not installed is named, never estimated. */
  readonly against: readonly PeerName[];
  readonly scale: Scale;
  /** How much is measured; the scale's usual effort when left out. */
  readonly effort?: Effort;
  /** Gets what is known after each case, so that a long run that fails late has not been for nothing. */
  readonly keep?: (report: Report) => Promise<void>;
}

/**
 * Measures cases one after another, and prints each as soon as it is done.
 *
 * @param plan - What is measured.
 * @param surroundings - Where it prints, and what ends it.
 */
export async function runBench(
  { cases, against, scale, effort = efforts[scale], keep }: BenchPlan,
  { stdout, signal }: Surroundings,
): Promise<Report> {
  const machine = describeMachine();
  stdout.write(`${formatMachine(machine)}\n`);
  stdout.write(
    scale === "quick"
      ? "Tiny sizes, to see that everything runs: these times say nothing.\n\n"
      : "One thread each, in turns. The last column: its time divided by the first line's, turn by turn, median (10th to 90th percentile).\n\n",
  );
  if (scale === "full" && isBusy(machine)) stdout.write("Other programs are at work on this machine: the numbers will be rough.\n\n");
  const room = await Room.open(against, signal);
  const pause = createPause(signal);
  try {
    await pause();
    let named = 0;
    const nameMissing = (): void => {
      const missing = room.missing.slice(named);
      for (const { name, why, remedy } of missing) stdout.write(`Not compared with ${name}: ${why}. ${remedy}\n`);
      if (missing.length > 0) stdout.write("\n");
      named += missing.length;
    };
    nameMissing();
    const { versions } = room;
    const begun = { benchmark: "rowan bench", scale, date: new Date().toISOString(), machine, versions } as const;
    const results: CaseResult[] = [];
    const report = (): Report => ({ ...begun, results: [...results], missing: [...room.missing] });
    for (const work of cases) {
      await pause();
      const result = await runCase(work, room, effort, signal);
      room.reportFailed(work);
      if (result) {
        results.push(result);
        stdout.write(`${formatResult(result)}\n`);
        await keep?.(report());
      }
      nameMissing();
    }
    return report();
  } catch (error) {
    throw signal.aborted ? new InterruptedError() : error;
  } finally {
    await room.close();
  }
}

/** Undefined where there is neither a measurement nor a score. */
async function runCase(work: BenchCase, room: Room, effort: Effort, signal: AbortSignal): Promise<CaseResult | undefined> {
  const contenders = await openCase(work, room);
  try {
    if (contenders.length === 0 && !work.scores) return undefined;
    const units = await work.unitsPerCall?.();
    const counted = units === undefined ? work : { ...work, rows: units };
    const measurements = contenders.length === 0 ? [] : await measure(contenders, counted, effort, signal);
    const scores = (await work.scores?.(room)) ?? [];
    return measurements.length === 0 && scores.length === 0 ? undefined : caseResult(counted, measurements, scores);
  } finally {
    await disposeAll(contenders);
  }
}

/** Nobody where Rowan's own backend cannot run here. */
async function openCase(work: BenchCase, room: Room): Promise<Contender[]> {
  try {
    return await work.open(room);
  } catch (error) {
    if (!(error instanceof BackendUnavailableError)) throw error;
    room.report({ name: `${work.suite}: ${work.name}`, why: error.message.replace(/\.$/, ""), remedy: "This case was not measured." });
    return [];
  }
}

async function disposeAll(contenders: readonly Contender[]): Promise<void> {
  for (const contender of contenders) await contender.dispose();
}
