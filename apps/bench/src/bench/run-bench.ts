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
    for (const { name, why, remedy } of room.missing) stdout.write(`Not compared with ${name}: ${why}. ${remedy}\n`);
    if (room.missing.length > 0) stdout.write("\n");
    const { versions } = room;
    const missing = [...room.missing];
    let report: Report = { benchmark: "rowan bench", scale, date: new Date().toISOString(), machine, versions, results: [], missing };
    for (const work of cases) {
      await pause();
      const contenders = await openCase(work, room);
      try {
        if (contenders.length === 0 && !work.scores) continue;
        const units = await work.unitsPerCall?.();
        const counted = units === undefined ? work : { ...work, rows: units };
        const measurements = contenders.length === 0 ? [] : await measure(contenders, counted, effort, signal);
        const scores = await work.scores?.(room);
        if (measurements.length === 0 && (scores?.length ?? 0) === 0) continue;
        report = { ...report, results: [...report.results, caseResult(counted, measurements, scores)] };
      } finally {
        await disposeAll(contenders);
      }
      report = { ...report, missing: [...room.missing] };
      stdout.write(`${formatResult(report.results.at(-1) as CaseResult)}\n`);
      await keep?.(report);
    }
    for (const { name, why, remedy } of room.missing.slice(missing.length)) stdout.write(`Not compared with ${name}: ${why}. ${remedy}\n`);
    return { ...report, missing: [...room.missing] };
  } catch (error) {
    throw signal.aborted ? new InterruptedError() : error;
  } finally {
    await room.close();
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
