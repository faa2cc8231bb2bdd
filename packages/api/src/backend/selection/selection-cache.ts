/** What was measured on a machine, kept between programs. Losing it costs a measurement, nothing else. */
import type { Sample } from "./cost-model.ts";
import { describePlatform } from "./platform.ts";
import { workloadKey } from "./workload.ts";
import type { Workload } from "./workload.ts";

/** A place that keeps one text. Whatever it throws means that nothing was kept. */
export interface SelectionCache {
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
}

/** Why a backend did not take part. */
export interface Absence {
  readonly reason: string;
  readonly remedy: string;
  /** It is there, on a software adapter, and was passed over. */
  readonly software?: boolean;
}

/** A choice that was made by measuring. */
export interface Choice {
  readonly name: string;
  readonly at: number;
  /** Milliseconds of a call, of everyone that was timed. */
  readonly ms: Readonly<Record<string, number>>;
}

/** What is known of a machine. */
export interface Knowledge {
  /** What each backend that was made calls its device: with another one nothing of this holds. */
  readonly devices: Map<string, string>;
  readonly absent: Map<string, Absence>;
  /** By kind of work and backend: `"lookup/cpu"`. */
  readonly samples: Map<string, readonly Sample[]>;
  readonly choices: Map<string, Choice>;
}

const form = 1;
const week = 7 * 24 * 3600 * 1000;
const mostMachines = 8;
const mostSamples = 48;

/** What is known of a machine, as it is written down, and since when. */
interface Written {
  readonly at: number;
  readonly devices: Readonly<Record<string, string>>;
  readonly absent: Readonly<Record<string, Absence>>;
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
  readonly choices: Readonly<Record<string, Choice>>;
}

interface Kept {
  readonly form: number;
  readonly machines: Readonly<Record<string, Written>>;
}

/**
 * What a machine is called in a cache.
 *
 * @param names - The registered backends.
 * @param version - Of Rowan.
 */
export function machineKey(names: readonly string[], version: string): string {
  return [version, describePlatform(), ...names.toSorted()].join("|");
}

/**
 * Reads what is known of a machine.
 *
 * @param cache - Where it is kept.
 * @param key - Of `machineKey`.
 * @returns What is known and not older than a week; nothing where the text is not what Rowan writes.
 */
export async function recall(cache: SelectionCache | undefined, key: string): Promise<Knowledge> {
  const found = (await readKept(cache)).machines[key];
  const { devices = {}, absent = {}, samples = {}, choices = {} } = found !== undefined && isFresh(found.at) ? found : {};
  return {
    devices: new Map(Object.entries(devices)),
    absent: new Map(Object.entries(absent)),
    samples: new Map(Object.entries(samples)),
    choices: new Map(Object.entries(choices)),
  };
}

/**
 * Keeps what is known of a machine, beside what is kept of others.
 *
 * @param cache - Where.
 * @param key - Of `machineKey`.
 * @param knowledge - What is known.
 */
export async function remember(cache: SelectionCache | undefined, key: string, knowledge: Knowledge): Promise<void> {
  if (cache === undefined) return;
  const { machines } = await readKept(cache);
  const since = machines[key]?.at;
  const mine: Written = {
    at: since !== undefined && isFresh(since) ? since : Date.now(),
    devices: Object.fromEntries(knowledge.devices),
    absent: Object.fromEntries(knowledge.absent),
    samples: Object.fromEntries(knowledge.samples),
    choices: Object.fromEntries(knowledge.choices),
  };
  const others = Object.entries(machines)
    .filter(([other]) => other !== key)
    .sort(([, a], [, b]) => b.at - a.at)
    .slice(0, mostMachines - 1);
  const kept: Kept = { form, machines: Object.fromEntries([[key, mine], ...others]) };
  try {
    await cache.write(JSON.stringify(kept));
  } catch {
    // A full disk or a refused storage: the next program measures again.
  }
}

function isFresh(at: number): boolean {
  return Date.now() - at < week;
}

/**
 * Adds samples to what is known, the newest ones last.
 *
 * @param knowledge - What is known; changed in place.
 * @param work - Which kind of work.
 * @param name - Whose they are.
 * @param samples - What was timed.
 */
export function addSamples({ samples: known }: Knowledge, work: Workload["work"], name: string, samples: readonly Sample[]): void {
  const key = `${work}/${name}`;
  const same = (sample: Sample): string => workloadKey({ ...sample, work });
  const newer = new Set(samples.map(same));
  const older = known.get(key) ?? [];
  known.set(key, [...older.filter((sample) => !newer.has(same(sample))), ...samples].slice(-mostSamples));
}

async function readKept(cache: SelectionCache | undefined): Promise<Kept> {
  try {
    const kept = JSON.parse((await cache?.read()) ?? "null") as Kept | null;
    if (kept?.form === form && Object.values(kept.machines).every(isWritten)) return kept;
  } catch {
    // There is no cache yet, or something else is in its place.
  }
  return { form, machines: {} };
}

function isWritten(value: unknown): boolean {
  const isRecord = (part: unknown): part is Readonly<Record<string, unknown>> => typeof part === "object" && part !== null;
  if (!isRecord(value) || typeof value["at"] !== "number") return false;
  const { devices, absent, samples, choices } = value;
  return (
    [devices, absent, samples, choices].every(isRecord) &&
    Object.values(samples as object).every((list) => Array.isArray(list) && list.every(isSample)) &&
    Object.values(choices as object).every(
      (choice: unknown) => isRecord(choice) && typeof choice["name"] === "string" && isRecord(choice["ms"]),
    )
  );
}

function isSample(value: unknown): boolean {
  const { inputDim, outputDim, batch, ms } = (value ?? {}) as Partial<Sample>;
  return [inputDim, outputDim, batch, ms].every((number) => typeof number === "number" && number > 0);
}
