import { availableParallelism } from "node:os";
import { selectBackend } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { UsageError } from "../failure.ts";

/** The backends that a command can be told to use; `auto` measures which one is the fastest. */
export const backendNames = ["auto", "cpu", "tfjs", "webgpu"] as const;

/** One of these. */
export type BackendName = (typeof backendNames)[number];

/** Below so many bytes of vectors threads are not worth their start. */
const worthThreads = 1 << 26;

/**
 * A backend by its name. What only other backends need is not loaded.
 *
 * @param name - Which one.
 * @param batch - How many ids are looked up at once, which `auto` measures with.
 * @throws BackendUnavailableError where it cannot run here, with the reason and the remedy.
 */
export async function openBackend(name: BackendName, batch: number): Promise<Backend> {
  if (name === "cpu") return createCpuBackend();
  const { knownBackends, registerOnce } = await import("../known-backends.ts");
  if (name === "auto") {
    registerOnce(knownBackends);
    return selectBackend({ batch, work: "lookup" });
  }
  const known = knownBackends.find((backend) => backend.name === name);
  if (known === undefined) throw new UsageError(`--backend ${name} is not part of this installation. Run rowan doctor.`);
  return known.factory();
}

/**
 * How many threads look up.
 *
 * @param asked - What was asked for; 0 and 1 are the calling thread.
 * @param backend - Where the table lives: threads read tables in shared memory.
 * @param bytes - How many bytes of vectors there will be; undefined where that is not known.
 * @returns 0 for the calling thread.
 * @throws UsageError where threads were asked for that cannot be.
 */
export function countThreads(asked: number | undefined, backend: Backend, bytes: number | undefined): number {
  const canShare = backend.capabilities.sharedTables;
  if (asked === undefined) return canShare && (bytes ?? 0) >= worthThreads ? availableParallelism() : 0;
  if (asked > 1 && !canShare)
    throw new UsageError(`--threads ${asked} needs --backend cpu: threads share a table in memory. Received: ${backend.name}.`);
  return asked > 1 ? asked : 0;
}
