/** Choosing by what was, or is now, measured. */
import { BackendUnavailableError } from "../../errors.ts";
import type { Backend } from "../backend.ts";
import { outlookOf, registeredBackends } from "../registry.ts";
import { version } from "../../version.ts";
import { leastMs, predict, provenMs } from "./cost-model.ts";
import { measure } from "./measure.ts";
import type { Measured } from "./measure.ts";
import { addSamples, machineKey, recall, remember } from "./selection-cache.ts";
import type { Knowledge, SelectionCache } from "./selection-cache.ts";
import { now } from "./time-calls.ts";
import type { Trial } from "./trial.ts";
import { workloadKey } from "./workload.ts";
import type { Workload } from "./workload.ts";

/** About how long the measurements take together, in milliseconds: everybody once, then those again who are near the fastest. */
const firstMs = 100;
const againMs = 100;
/** Who is within these factors of the fastest is timed again: after the first time, and after some turns. */
const mayCatchUp = 4;
const near = 2;
/** Who takes so few milliseconds a call is timed again in any case: one interruption is as long as hundreds of calls. */
const cheapMs = 1;
/** So many turns are taken, and after so many the slow ones drop out. */
const turns = 9;
const patience = 3;
/** By how much, beyond its errors, the model must tell the fastest apart. */
const clear = 1.5;

/** What a measured choice needs. */
export interface MeasuredChoice {
  readonly trial: Trial;
  readonly workload: Workload;
  readonly cache: SelectionCache | undefined;
  /** Measures in any case. */
  readonly refresh: boolean;
}

/**
 * Chooses the fastest backend for a workload: by an earlier measurement of the same sizes, by a model of earlier measurements where that
 * is clear, else by measuring.
 *
 * @param choice - For what, and where measurements are kept.
 * @returns The backend.
 * @throws BackendUnavailableError when no registered backend can do the work here.
 */
export async function chooseMeasured({ trial, workload, cache, refresh }: MeasuredChoice): Promise<Backend> {
  const key = machineKey(registeredBackends(), version);
  const known = await recall(refresh ? undefined : cache, key);
  const early = (await chooseCached(trial, workload, known)) ?? (await chooseModelled(trial, workload, known));
  if (early) return early;
  const found = await measureAll(trial, workload, known);
  const [fastest] = [...found].sort(([, a], [, b]) => a - b);
  if (fastest === undefined) {
    await trial.giveUp();
    throw new BackendUnavailableError(`No registered backend can do this here. ${trial.describe()}`);
  }
  for (const [name, ms] of found) trial.note({ name, outcome: "slower", ms, text: describeMs(ms, workload, "measured") });
  known.choices.set(workloadKey(workload), { name: fastest[0], at: Date.now(), ms: Object.fromEntries(found) });
  await remember(cache, key, known);
  return trial.choose(fastest[0], "measurement", workload);
}

async function chooseCached(trial: Trial, workload: Workload, known: Knowledge): Promise<Backend | undefined> {
  const choice = known.choices.get(workloadKey(workload));
  if (choice === undefined || !(await isAsBefore(trial, choice.name, known))) return undefined;
  noteAbsent(trial, known);
  for (const [name, ms] of Object.entries(choice.ms)) {
    trial.note({ name, outcome: "slower", ms, text: describeMs(ms, workload, "measured earlier") });
  }
  return trial.choose(choice.name, "cache", workload);
}

/** What an engine calls its device tells whether measurements of it still hold. */
async function isAsBefore(trial: Trial, name: string, { devices }: Knowledge): Promise<boolean> {
  if (!registeredBackends().includes(name)) return false;
  const tried = await trial.attempt(name, { software: true });
  return "backend" in tried && tried.backend.device === devices.get(name);
}

async function chooseModelled(trial: Trial, workload: Workload, known: Knowledge): Promise<Backend | undefined> {
  const estimates: { name: string; ms: number; error: number; estimated: boolean }[] = [];
  for (const name of registeredBackends()) {
    if (known.absent.has(name)) continue;
    const samples = known.samples.get(`${workload.work}/${name}`) ?? [];
    const estimate = predict(samples, workload);
    const ms = Math.max(leastOf(name, workload), provenMs(samples, workload));
    if (estimate) estimates.push({ name, ...estimate, estimated: true });
    else if (ms > 0) estimates.push({ name, ms, error: 0, estimated: false });
    else return undefined;
  }
  const [best, second] = estimates.toSorted((a, b) => a.ms - b.ms);
  if (best?.estimated !== true) return undefined;
  if (second && second.ms < best.ms * clear * (1 + best.error) * (1 + second.error)) return undefined;
  if (!(await isAsBefore(trial, best.name, known))) return undefined;
  noteAbsent(trial, known);
  for (const { name, ms, estimated } of estimates) {
    if (estimated) trial.note({ name, outcome: "slower", ms, text: describeMs(ms, workload, "estimated") });
    else noteUnloaded(trial, name, ms, best.name);
  }
  return trial.choose(best.name, "model", workload);
}

/** What a backend's outlook says that it takes at least; 0 where there is none. */
function leastOf(name: string, workload: Workload): number {
  const cost = outlookOf(name)?.least?.[workload.work];
  return cost ? leastMs(cost, workload) : 0;
}

/** Times everybody who is there and may win; real hardware first, and software adapters only where there is nothing else. */
async function measureAll(trial: Trial, workload: Workload, known: Knowledge): Promise<Map<string, number>> {
  const names = registeredBackends();
  const least = (name: string): number => leastOf(name, workload);
  const found = new Map<string, Measured>();
  try {
    for (const software of [false, true]) {
      const best = (): [name: string, ms: number] => fastestOf(found);
      for (const name of names.toSorted((a, b) => least(a) - least(b))) {
        if (least(name) > best()[1]) {
          noteUnloaded(trial, name, least(name), best()[0]);
          continue;
        }
        const tried = await trial.attempt(name, { software });
        known.absent.delete(name);
        if ("absence" in tried) {
          known.absent.set(name, tried.absence);
          continue;
        }
        if (known.devices.get(name) !== tried.backend.device) forget(known, name, tried.backend.device);
        const measured = await timeOne(trial, name, tried.backend, workload, firstMs / names.length, best()[1], known);
        if (measured) found.set(name, measured);
      }
      if (found.size > 0) break;
    }
    return await timeAgain(found);
  } finally {
    for (const measured of found.values()) measured.dispose();
  }
}

function fastestOf(found: ReadonlyMap<string, { readonly ms: number }>): [name: string, ms: number] {
  const [fastest] = [...found].sort(([, a], [, b]) => a.ms - b.ms);
  return fastest ? [fastest[0], fastest[1].ms] : ["", Infinity];
}

/**
 * The times of all; for those that may be the fastest the median of some turns, which they take one after another: what disturbs one
 * disturbs all of them. Those that fall behind drop out. The first times were taken of code that was not warm, so they exclude few.
 */
async function timeAgain(found: ReadonlyMap<string, Measured>): Promise<Map<string, number>> {
  const times = new Map([...found].map(([name, { ms }]) => [name, ms]));
  const least = (): number => Math.min(...times.values());
  let close = [...found].filter(([, { ms }]) => ms <= mayCatchUp * least() || ms <= cheapMs);
  const taken = new Map(close.map(([name]) => [name, [] as number[]]));
  const end = now() + againMs;
  for (let turn = 0; turn < turns && close.length > 1 && now() < end; turn++) {
    // Nobody's turn begins that cannot be everybody's.
    if (turn > 0 && now() + close.reduce((sum, [name]) => sum + (times.get(name) ?? 0), 0) > end) break;
    for (const [name, measured] of close) {
      const list = taken.get(name) as number[];
      list.push(await measured.turn(againMs / turns / close.length));
      times.set(name, median(list));
    }
    const best = least();
    close = close.filter(([name]) => {
      const list = taken.get(name) as number[];
      return Math.min(...list) <= near * best || (list.length < patience && Math.min(...list) <= cheapMs);
    });
  }
  return times;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] as number;
}

async function timeOne(
  trial: Trial,
  name: string,
  backend: Backend,
  workload: Workload,
  budgetMs: number,
  bestMs: number,
  known: Knowledge,
): Promise<Measured | undefined> {
  const bytes = workload.inputDim * workload.outputDim * 4;
  const { maxTableBytes } = backend.capabilities;
  if (bytes > maxTableBytes) {
    trial.note({ name, outcome: "failed", text: `too small: the table has ${bytes} bytes, and the largest it takes has ${maxTableBytes}` });
    return undefined;
  }
  try {
    const measured = await measure(backend, workload, budgetMs, bestMs);
    trial.countAsLoading(measured.wakingMs);
    addSamples(known, workload.work, name, measured.samples);
    if (!measured.gaveUp) return measured;
    measured.dispose();
    trial.note({ name, outcome: "slower", ms: measured.ms, text: `slower: a part of the work took ${sayMs(measured.ms)}` });
  } catch (error) {
    trial.note({ name, outcome: "failed", text: `failed when measured: ${error instanceof Error ? error.message : String(error)}` });
  }
  return undefined;
}

/** Another device under the same name: what was measured on the former one does not count. */
function forget({ devices, samples, choices }: Knowledge, name: string, device: string): void {
  devices.set(name, device);
  for (const work of ["lookup", "train"] as const) samples.delete(`${work}/${name}`);
  for (const [key, choice] of [...choices]) if (choice.name === name || name in choice.ms) choices.delete(key);
}

function noteAbsent(trial: Trial, { absent }: Knowledge): void {
  for (const [name, { reason, remedy, software }] of absent) {
    const text = [reason, remedy].filter(Boolean).join(" ");
    if (software === true) trial.note({ name, outcome: "passedOver", text: `passed over: ${text}` });
    else trial.note({ name, outcome: "unavailable", text: `not available when last looked for: ${text}` });
  }
}

function noteUnloaded(trial: Trial, name: string, ms: number, winner: string): void {
  trial.note({ name, outcome: "notLoaded", text: `not loaded: it takes at least ${sayMs(ms)} a call, and ${winner} takes less` });
}

function describeMs(ms: number, { batch }: Workload, how: string): string {
  return `${sayMs(ms)} a call, ${((batch / ms) * 1e-3).toPrecision(3)} million rows/s, ${how}`;
}

function sayMs(ms: number): string {
  return `${ms.toPrecision(3)} ms`;
}
