import { checkFlag, checkOptions } from "../../check-options.ts";
import type { Backend } from "../backend.ts";
import { hardwareOf } from "../hardware.ts";
import { obtainBackend, registeredBackends, releaseBackend } from "../registry.ts";
import { inTurn } from "./in-turn.ts";
import { Measurement } from "./measure.ts";
import { takeTurns } from "./take-turns.ts";
import { absenceOf } from "./trial.ts";
import { completeWorkload, workloadNames } from "./workload.ts";
import type { Workload } from "./workload.ts";

/** One registered backend, as a line of a table. */
export interface BackendReport {
  readonly name: string;
  readonly available: boolean;
  /** What the numbers run on, in words. */
  readonly device?: string;
  /** Which interface does the work, and whether it is software. */
  readonly hardware?: "processor" | "graphics card" | "software adapter";
  /** What the adapter or the engine calls itself. */
  readonly adapter?: string;
  /** The largest table, in bytes. */
  readonly maxTableBytes?: number;
  /** The memory for tables, in bytes, where it is known. */
  readonly memoryBytes?: number;
  /** Engines that this backend would have taken sooner: why each is not in use, and what would change that. */
  readonly passedOver?: readonly string[];
  /** Of lookups of the given sizes; absent where they could not be measured. */
  readonly rowsPerSecond?: number;
  /** Why it is not available, or was not measured. */
  readonly reason?: string;
  /** What would change that. */
  readonly remedy?: string;
}

/** What `listBackends` measures: work of these sizes. */
export interface ListOptions extends Partial<Workload> {
  /** Times each backend that is there: all together for about a fifth of a second. Default: true. */
  readonly measure?: boolean;
}

const optionNames: readonly (keyof ListOptions)[] = [...workloadNames, "measure"];
/** About how long each backend is timed, with the making of its table, and then all of them in turns, in milliseconds. */
const eachMs = 60;
const turnsMs = 100;

/**
 * All registered backends: there or not, why not, what to do, and how fast. Each is made; those that nobody uses are disposed of.
 *
 * @param options - The sizes of the measurement, as of `selectBackend`; `measure: false` for none.
 * @returns A line for each, in the order in which they were registered. `console.table` prints them.
 * @throws InvalidArgumentError for an option that does not exist or cannot be.
 * @example
 * for (const { name, available, reason, remedy } of await listBackends()) {
 *   if (!available) console.log(`${name}: ${reason} ${remedy}`);
 * }
 */
export async function listBackends(options: ListOptions = {}): Promise<BackendReport[]> {
  checkOptions("listBackends", options, '{ work: "train" }', optionNames);
  const { measure = true, ...sizes } = options;
  const timed = checkFlag("measure", measure);
  const workload = completeWorkload(sizes);
  return inTurn(() => reportAll(workload, timed));
}

async function reportAll(workload: Workload, timed: boolean): Promise<BackendReport[]> {
  const names = registeredBackends();
  const reports = new Map<string, BackendReport>();
  const measurements = new Map<string, Measurement>();
  try {
    for (const name of names) {
      try {
        const backend = await obtainBackend(name, false);
        reports.set(name, { name, available: true, ...factsOf(backend) });
        if (!timed) continue;
        const measurement = await Measurement.begin(backend, workload);
        measurements.set(name, measurement);
        await measurement.growFor(eachMs);
      } catch (error) {
        reports.set(name, { name, available: false, ...reports.get(name), ...absenceOf(error) });
      }
    }
    // The first ones were timed while the code was not warm.
    const failed = await takeTurns(
      [...measurements.values()].filter(({ isWhole }) => isWhole),
      turnsMs,
    );
    return names.map((name) => {
      const measurement = measurements.get(name);
      const report = reports.get(name) as BackendReport;
      if (measurement && failed.has(measurement)) return { ...report, ...absenceOf(failed.get(measurement)) };
      const { ms = Infinity } = measurement ?? {};
      return ms === Infinity ? report : { ...report, rowsPerSecond: (1000 * workload.batch) / ms };
    });
  } finally {
    for (const measurement of measurements.values()) measurement.dispose();
    for (const name of names) await releaseBackend(name).catch(() => undefined);
  }
}

function factsOf(backend: Backend): Omit<BackendReport, "name" | "available"> {
  const { kind, software, adapter, memoryBytes, passedOver } = hardwareOf(backend);
  return {
    device: backend.device,
    hardware: kind === "cpu" ? "processor" : software ? "software adapter" : "graphics card",
    ...(adapter !== undefined && { adapter }),
    maxTableBytes: backend.capabilities.maxTableBytes,
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(passedOver !== undefined && { passedOver }),
  };
}
