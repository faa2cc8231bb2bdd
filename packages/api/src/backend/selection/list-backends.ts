import { checkOptions } from "../../check-options.ts";
import { hardwareOf } from "../hardware.ts";
import { obtainBackend, registeredBackends, releaseBackend } from "../registry.ts";
import { inTurn } from "./in-turn.ts";
import { measure } from "./measure.ts";
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
  /** Of lookups of the given sizes; absent where they could not be measured. */
  readonly rowsPerSecond?: number;
  /** Why it is not available, or was not measured. */
  readonly reason?: string;
  /** What would change that. */
  readonly remedy?: string;
}

/** What `listBackends` measures: work of these sizes. */
export interface ListOptions extends Partial<Workload> {
  /** Times each backend that is there, for about a tenth of a second. Default: true. */
  readonly measure?: boolean;
}

const optionNames: readonly (keyof ListOptions)[] = [...workloadNames, "measure"];
const budgetMs = 60;

/**
 * All registered backends: there or not, why not, what to do, and how fast. Each is made; those that nobody uses are disposed of.
 *
 * @param options - The sizes of the measurement, as of `selectBackend`; `measure: false` for none.
 * @returns A line for each, in the order in which they were registered. `console.table` prints them.
 */
export async function listBackends(options: ListOptions = {}): Promise<BackendReport[]> {
  checkOptions("listBackends", options, '{ work: "train" }', optionNames);
  const { measure: timed = true, ...sizes } = options;
  const workload = completeWorkload(sizes);
  return inTurn(async () => {
    const reports: BackendReport[] = [];
    for (const name of registeredBackends()) reports.push(await report(name, workload, timed));
    return reports;
  });
}

async function report(name: string, workload: Workload, timed: boolean): Promise<BackendReport> {
  try {
    const backend = await obtainBackend(name, false);
    const { kind, software, adapter, memoryBytes } = hardwareOf(backend);
    const facts: BackendReport = {
      name,
      available: true,
      device: backend.device,
      hardware: kind === "cpu" ? "processor" : software ? "software adapter" : "graphics card",
      ...(adapter !== undefined && { adapter }),
      maxTableBytes: backend.capabilities.maxTableBytes,
      ...(memoryBytes !== undefined && { memoryBytes }),
    };
    if (!timed) return facts;
    try {
      const measured = await measure(backend, workload, budgetMs, Infinity);
      measured.dispose();
      return { ...facts, rowsPerSecond: (1000 * workload.batch) / measured.ms };
    } catch (error) {
      return { ...facts, ...absenceOf(error) };
    }
  } catch (error) {
    return { name, available: false, ...absenceOf(error) };
  } finally {
    await releaseBackend(name).catch(() => undefined);
  }
}
