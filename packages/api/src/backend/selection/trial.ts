/** One selection on its way: who was tried, what came of it, and how long loading took. */
import { BackendUnavailableError } from "../../errors.ts";
import type { Backend } from "../backend.ts";
import { hardwareOf } from "../hardware.ts";
import type { Hardware } from "../hardware.ts";
import { obtainBackend, outlookOf, registeredBackends, releaseBackend } from "../registry.ts";
import type { Absence } from "./selection-cache.ts";
import { keepSelection } from "./selection.ts";
import type { Candidate, Selection } from "./selection.ts";
import { now } from "./time-calls.ts";
import type { Workload } from "./workload.ts";

/** What trying a backend gave: itself, or why not. */
export type Tried = { readonly backend: Backend; readonly software: boolean } | { readonly absence: Absence };

/** The notes of one selection. */
export class Trial {
  readonly #began = now();
  #loadingMs = 0;
  readonly #notes = new Map<string, Candidate>();
  readonly #tried = new Set<string>();

  /** How long loading has taken so far, in milliseconds. */
  get loadingMs(): number {
    return this.#loadingMs;
  }

  /**
   * Writes down what became of a backend.
   *
   * @param candidate - The newest note on it.
   */
  note(candidate: Candidate): void {
    this.#notes.set(candidate.name, candidate);
  }

  /**
   * Looks at a backend's hardware without loading its engine, where its outlook can, and then makes it.
   *
   * @param name - A registered name.
   * @param options - `software: false` makes nothing where the look shows a software adapter.
   * @returns The backend, or why it cannot run here, which is noted.
   */
  async attempt(name: string, { software }: { readonly software: boolean }): Promise<Tried> {
    const start = now();
    try {
      const seen = software ? undefined : await outlookOf(name)?.examine?.();
      if (seen?.software === true) return this.#passOver(name, seen);
      this.#tried.add(name);
      const backend = await obtainBackend(name, false);
      const hardware = hardwareOf(backend);
      if (hardware.software && !software) return this.#passOver(name, hardware);
      return { backend, software: hardware.software };
    } catch (error) {
      const { reason, remedy } = absenceOf(error);
      this.note({ name, outcome: "unavailable", text: `not available: ${[reason, remedy].filter(Boolean).join(" ")}` });
      return { absence: { reason, remedy } };
    } finally {
      this.#loadingMs += now() - start;
    }
  }

  /**
   * Counts time as loading that an engine needed before it was ready: its first call compiles its kernels.
   *
   * @param ms - How long, in milliseconds.
   */
  countAsLoading(ms: number): void {
    this.#loadingMs += ms;
  }

  #passOver(name: string, { adapter = "adapter" }: Hardware): Tried {
    const reason = `Its ${adapter} is software: the processor would do a GPU's work in a GPU's way.`;
    this.note({ name, outcome: "passedOver", text: `passed over: ${reason} Only its name chooses it.` });
    return { absence: { reason, remedy: "", software: true } };
  }

  /**
   * Ends the selection: keeps the chosen backend, disposes of those that were only made to look at them, and keeps the notes.
   *
   * @param name - Whom.
   * @param by - Why.
   * @param workload - What for, where that counted.
   * @returns The backend.
   */
  async choose(name: string, by: Selection["by"], workload?: Workload): Promise<Backend> {
    const start = now();
    const backend = await obtainBackend(name, true);
    this.#loadingMs += now() - start;
    await this.giveUp(name);
    const known = this.#notes.get(name);
    const ms = known?.ms === undefined ? {} : { ms: known.ms };
    this.note({ name, outcome: "chosen", ...ms, text: known?.outcome === "chosen" || known?.outcome === "slower" ? known.text : "chosen" });
    const candidates = registeredBackends().map(
      (other): Candidate =>
        this.#notes.get(other) ?? { name: other, outcome: "notLoaded", text: "not loaded: the choice was made without it" },
    );
    const tookMs = now() - this.#began;
    keepSelection({
      chosen: name,
      by,
      device: backend.device,
      ...(workload && { workload }),
      candidates,
      tookMs,
      loadingMs: Math.min(this.#loadingMs, tookMs),
    });
    return backend;
  }

  /**
   * Disposes of the backends that were only made to look at them.
   *
   * @param except - Who stays.
   */
  async giveUp(except?: string): Promise<void> {
    for (const name of this.#tried) if (name !== except) await releaseBackend(name).catch(() => undefined);
  }

  /** What there is to say of everyone who is not there, for an error. */
  describe(): string {
    return [...this.#notes.values()].map(({ name, text }) => `${name}: ${text}`).join(" ");
  }
}

/**
 * Why a backend could not be made.
 *
 * @param error - What its factory threw.
 */
export function absenceOf(error: unknown): Absence {
  if (error instanceof BackendUnavailableError) return { reason: error.reason, remedy: error.remedy };
  return { reason: error instanceof Error ? error.message : String(error), remedy: "" };
}
