import { checkFlag, checkOptions } from "../../check-options.ts";
import { BackendUnavailableError, InvalidArgumentError, describeValue } from "../../errors.ts";
import type { Backend } from "../backend.ts";
import { obtainBackend, registeredBackends, setBackend } from "../registry.ts";
import { chooseMeasured } from "./measured-choice.ts";
import { environmentVariable, platformCache } from "./platform.ts";
import type { SelectionCache } from "./selection-cache.ts";
import type { Selection } from "./selection.ts";
import { inTurn } from "./in-turn.ts";
import { Trial } from "./trial.ts";
import { completeWorkload, workloadNames } from "./workload.ts";
import type { Workload } from "./workload.ts";

/** How `selectBackend` chooses. */
export interface SelectOptions extends Partial<Workload> {
  /** Names in the order of preference: the first one that is there, on real hardware, is taken unmeasured; the fastest where none is. */
  readonly prefer?: readonly string[];
  /** Measures anew, and looks anew for what was not there. */
  readonly refresh?: boolean;
  /** Where measurements are kept; a file of the user's caches or the page's storage when left out, `false` is nowhere. */
  readonly cache?: SelectionCache | false;
}

const optionNames: readonly (keyof SelectOptions)[] = [...workloadNames, "prefer", "refresh", "cache"];

/**
 * Chooses a registered backend and sets it as the default.
 *
 * A name is a hard choice: that backend, or an error. Otherwise the environment variable `ROWAN_BACKEND` decides where it is set: one name
 * is a hard choice as well, several, separated by commas, are an order of preference. Without it the options' `prefer` counts, and then
 * the shortest time: measured for the sizes given (under a third of a second), kept for this machine, and estimated from what was kept
 * where that is clear. A backend that cannot win by its outlook is not loaded. A GPU's interface over a software adapter is never chosen
 * where anything else is there, except by its name. `explainSelection` says what was done.
 *
 * @param choice - A registered name; or what for: `inputDim` (100,000), `outputDim` (64), `batch` ids (1,024) and `work` (`"lookup"`).
 * @returns The backend; the same one for the same name, and another one where its device was lost.
 * @throws BackendUnavailableError when the name is unknown, the backend cannot run here, or none can.
 * @throws InvalidArgumentError for an option that does not exist or cannot be.
 * @example
 * registerBackend("cpu", createCpuBackend);
 * registerBackend("webgpu", createWebGpuBackend);
 * await selectBackend({ inputDim: 1_000_000, outputDim: 64, batch: 16_384, work: "train" });
 */
export async function selectBackend(choice: string | SelectOptions = {}): Promise<Backend> {
  if (typeof choice !== "string") checkOptions("selectBackend", choice, '{ work: "train" }, or a name', optionNames);
  // Measurements beside each other would disturb each other.
  const backend = await (typeof choice === "string" ? chooseNamed(choice, "name") : inTurn(() => choose(choice)));
  setBackend(backend);
  return backend;
}

async function choose({ prefer, refresh: anew = false, cache, ...sizes }: SelectOptions): Promise<Backend> {
  const refresh = checkFlag("refresh", anew);
  const workload = completeWorkload(sizes);
  const names = registeredBackends();
  if (names.length === 0) throw new BackendUnavailableError("No backend is registered. Call registerBackend(name, factory) first.");
  const wanted = environmentVariable("ROWAN_BACKEND")
    ?.split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (wanted !== undefined && wanted.length > 0) return chooseFromEnvironment(wanted);
  const trial = new Trial();
  if (prefer !== undefined) {
    const preferred = await choosePreferred(trial, checkPrefer(prefer, names), "preference");
    if (preferred) return preferred;
  }
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return chooseNamed(only, "only");
  return chooseMeasured({ trial, workload, cache: cache === false ? undefined : (cache ?? platformCache()), refresh });
}

async function chooseNamed(name: string, by: Selection["by"]): Promise<Backend> {
  await obtainBackend(name, true);
  return new Trial().choose(name, by);
}

async function chooseFromEnvironment(wanted: readonly string[]): Promise<Backend> {
  const [name = "", ...others] = wanted;
  try {
    if (others.length === 0) return await chooseNamed(name, "environment");
  } catch (error) {
    const remedy = "Set ROWAN_BACKEND to another name, or unset it.";
    throw new BackendUnavailableError(`ROWAN_BACKEND=${name} cannot be had: ${(error as Error).message} ${remedy}`, { cause: error });
  }
  const trial = new Trial();
  const preferred = await choosePreferred(trial, wanted, "environment");
  if (preferred) return preferred;
  throw new BackendUnavailableError(
    `ROWAN_BACKEND must name a backend that is there. Received: ROWAN_BACKEND=${wanted.join(",")}. Registered: ${registeredBackends().join(", ")}. ${trial.describe()}`,
  );
}

function checkPrefer(prefer: unknown, names: readonly string[]): readonly string[] {
  if (
    Array.isArray(prefer) &&
    prefer.every((name): name is string => typeof name === "string") &&
    prefer.some((name) => names.includes(name))
  )
    return prefer;
  throw new InvalidArgumentError(
    `\`prefer\` must be a list of names, one of them registered. Received: prefer=${describeValue(prefer)}. Registered: ${names.join(", ")}.`,
  );
}

/** The first of some names that runs here on real hardware. */
async function choosePreferred(trial: Trial, wanted: readonly string[], by: Selection["by"]): Promise<Backend | undefined> {
  for (const name of wanted) {
    if (!registeredBackends().includes(name)) continue;
    const tried = await trial.attempt(name, { software: false });
    if ("backend" in tried) return trial.choose(name, by);
  }
  return undefined;
}
