/** Choosing by what was, or is now, measured. */
import { BackendUnavailableError } from "../../errors.ts";
import type { Backend } from "../backend.ts";
import { outlookOf, registeredBackends } from "../registry.ts";
import { version } from "../../version.ts";
import { leastMs, predict, provenMs } from "./cost-model.ts";
import { Measurement } from "./measure.ts";
import { addSamples, machineKey, recall, remember } from "./selection-cache.ts";
import type { Knowledge, SelectionCache } from "./selection-cache.ts";
import { takeTurns } from "./take-turns.ts";
import { now } from "./time-calls.ts";
import type { Trial } from "./trial.ts";
import { workloadKey } from "./workload.ts";
import type { Workload } from "./workload.ts";

/** About how long the parts of a measurement take, in milliseconds: everybody once, then those who may win as a whole, then these in turns. */
const firstMs = 80;
const wholeMs = 8;
const turnsMs = 100;
/** But all of it no longer than that: the turns are cut. */
const mostMs = 240;
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
  const begun = new Map<string, Measurement>();
  const began = now() - trial.loadingMs;
  try {
    for (const software of [false, true]) {
      for (const name of names.toSorted((a, b) => least(a) - least(b))) {
        const [best, bestMs] = fastestOf(begun);
        if (least(name) > bestMs) {
          noteUnloaded(trial, name, least(name), best);
          continue;
        }
        const tried = await trial.attempt(name, { software });
        known.absent.delete(name);
        if ("absence" in tried) {
          known.absent.set(name, tried.absence);
          continue;
        }
        if (known.devices.get(name) !== tried.backend.device) forget(known, name, tried.backend.device);
        const measurement = await beginOne(trial, name, tried.backend, workload, firstMs / names.length);
        if (measurement) begun.set(name, measurement);
      }
      if (begun.size > 0) break;
    }
    const finished = await finishAll(trial, begun);
    const failed = await takeTurns([...finished.values()], Math.min(turnsMs, mostMs - (now() - trial.loadingMs - began)));
    for (const [name, measurement] of [...finished].filter(([, one]) => failed.has(one))) {
      noteError(trial, name, failed.get(measurement));
      finished.delete(name);
    }
    for (const [name, measurement] of begun) {
      if (!failed.has(measurement)) addSamples(known, workload.work, name, measurement.samples);
    }
    return new Map([...finished].map(([name, { ms }]) => [name, ms]));
  } finally {
    for (const measurement of begun.values()) measurement.dispose();
  }
}

function fastestOf(begun: ReadonlyMap<string, Measurement>): [name: string, ms: number] {
  const [fastest] = [...begun].sort(([, a], [, b]) => a.ms - b.ms);
  return fastest ? [fastest[0], fastest[1].ms] : ["", Infinity];
}

async function beginOne(
  trial: Trial,
  name: string,
  backend: Backend,
  workload: Workload,
  budgetMs: number,
): Promise<Measurement | undefined> {
  const bytes = workload.inputDim * workload.outputDim * 4;
  const { maxTableBytes } = backend.capabilities;
  if (bytes > maxTableBytes) {
    trial.note({ name, outcome: "failed", text: `too small: the table has ${bytes} bytes, and the largest it takes has ${maxTableBytes}` });
    return undefined;
  }
  return noteFailure(trial, name, async () => {
    const measurement = await Measurement.begin(backend, workload);
    trial.countAsLoading(measurement.wakingMs);
    try {
      await measurement.growFor(budgetMs);
      return measurement;
    } catch (error) {
      measurement.dispose();
      throw error;
    }
  });
}

/** Those whose work was timed as a whole; who seems to be the fastest is the first, so that others need not come to the end. */
async function finishAll(trial: Trial, begun: ReadonlyMap<string, Measurement>): Promise<Map<string, Measurement>> {
  const finished = new Map<string, Measurement>();
  for (const [name, measurement] of [...begun].sort(([, a], [, b]) => a.ms - b.ms)) {
    const [, bestMs] = fastestOf(finished);
    const isWhole = await noteFailure(trial, name, () => measurement.finish(bestMs, wholeMs));
    if (isWhole === true) finished.set(name, measurement);
    if (isWhole !== false) continue;
    const { ms, partMs } = measurement;
    trial.note({
      name,
      outcome: "slower",
      ms,
      text: `slower: a part of the work took ${sayMs(partMs)}, all of it would take about ${sayMs(ms)}`,
    });
  }
  return finished;
}

async function noteFailure<T>(trial: Trial, name: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    noteError(trial, name, error);
    return undefined;
  }
}

function noteError(trial: Trial, name: string, error: unknown): void {
  trial.note({ name, outcome: "failed", text: `failed when measured: ${error instanceof Error ? error.message : String(error)}` });
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
