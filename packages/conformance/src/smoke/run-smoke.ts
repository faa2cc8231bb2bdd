import { clearSession, setBackend } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { goldenChecks } from "./golden-checks.ts";
import { modelChecks } from "./model-checks.ts";
import type { NamedCheck } from "./named-check.ts";
import { randomChecks } from "./random-checks.ts";
import type { RandomFunctions } from "./random-checks.ts";
import type { SmokeCheck, SmokeReport } from "./smoke-report.ts";
import { tableChecks } from "./table-checks.ts";

/** What the suite runs on. */
export interface SmokeOptions {
  /** Makes the backend; called once. */
  readonly createBackend: () => Promise<Backend>;
  /** The generator's functions, which are no part of the public face. */
  readonly random: RandomFunctions;
  /** Checks of packages that this one does not know, each with its name. */
  readonly more?: readonly NamedCheck[];
}

/**
 * Runs what a program typically does, without a test runner, so that it runs wherever JavaScript does: the tutorial, training on
 * text, bags, neighbours, golden numbers of Keras, and the committed random numbers.
 *
 * @param options - The backend and the generator.
 * @returns What must be equal between runtimes, and what must be close.
 */
export async function runSmoke(options: SmokeOptions): Promise<SmokeReport> {
  const backend = await options.createBackend();
  setBackend(backend);
  clearSession();
  const checks: SmokeCheck[] = [];
  try {
    for (const [name, run] of [
      ...randomChecks(options.random),
      ...modelChecks(),
      ...tableChecks(),
      ...goldenChecks(backend),
      ...(options.more ?? []),
    ]) {
      try {
        checks.push({ name, ...(await run()) });
      } catch (error) {
        checks.push({ name, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      }
    }
    const { bytes } = backend.memory();
    if (bytes !== 0) checks.push({ name: "memory", error: `${bytes} bytes are still in use after every check` });
    return { device: backend.device, checks };
  } finally {
    setBackend(undefined);
    backend.dispose();
  }
}
