import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { breakOnInterrupt } from "../interruption/break-on-interrupt.ts";
import { noteUnfinished } from "../interruption/unfinished.ts";
import type { BenchCase } from "./bench-case.ts";
import type { Missing, PeerName } from "./contender.ts";
import { SharedData } from "./data.ts";
import { Ceiling } from "./peers/ceiling.ts";
import { findTfjs } from "./peers/find-tfjs.ts";
import type { TfjsSearch } from "./peers/find-tfjs.ts";
import { PythonPeers, pythonPeers } from "./peers/python-peers.ts";
import { TfjsEngine } from "./peers/tfjs-engine.ts";
import type { Engine } from "./peers/tfjs-engine.ts";
import { loadTfjsNode } from "./peers/tfjs-lookup.ts";
import type { TfCore } from "./peers/tfjs-lookup.ts";

/** Where the cases of a run find their data and their peers. */
export class Room {
  readonly against: ReadonlySet<PeerName>;
  readonly data: SharedData;
  /** Ends long work. */
  readonly signal: AbortSignal;
  readonly python: PythonPeers;
  readonly ceiling: Ceiling;
  /** Present where it was asked for and all of its packages are there. */
  readonly tfjs: TfjsSearch | undefined;
  /** Present where it was asked for and loads. */
  readonly tfjsNode: TfCore | undefined;
  /** What was asked for and is not there. */
  readonly missing: Missing[];

  readonly #engines = new Map<Engine, TfjsEngine | Missing>();

  private constructor(against: ReadonlySet<PeerName>, signal: AbortSignal, data: SharedData, python: PythonPeers, ceiling: Ceiling) {
    this.against = against;
    this.signal = signal;
    this.data = data;
    this.python = python;
    this.ceiling = ceiling;
    const missing: Missing[] = [];
    const search = findTfjs();
    if (against.has("tfjs")) {
      if (search.missing.length === 0) this.tfjs = search;
      else missing.push({ name: "tfjs", why: `${search.missing.join(", ")} not installed`, remedy: search.remedy });
    }
    if (against.has("tfjs-node")) {
      const node = breakOnInterrupt(loadTfjsNode);
      if ("core" in node) this.tfjsNode = node.core;
      else missing.push(node.missing);
    }
    this.missing = [...missing, ...python.missing, ...ceiling.missing];
  }

  /**
   * Finds or starts the peers that are asked for.
   *
   * @param against - Their names.
   * @param signal - Ends long work, and whoever answers for a peer.
   * @throws InterruptedError where the signal was set off meanwhile.
   */
  static async open(against: readonly PeerName[], signal: AbortSignal): Promise<Room> {
    const folder = await mkdtemp(join(tmpdir(), "rowan-bench-"));
    const forget = noteUnfinished(folder);
    const data = new SharedData(folder, forget);
    const wanted = new Set(against);
    let python: PythonPeers | undefined;
    try {
      python = await PythonPeers.start(
        pythonPeers.filter((name) => wanted.has(name)),
        folder,
        signal,
      );
      const ceiling = await Ceiling.compile(wanted.has("c"), folder, signal);
      return new Room(wanted, signal, data, python, ceiling);
    } catch (error) {
      python?.close();
      await data.remove();
      throw error;
    }
  }

  /** What the peers call themselves, by peer. */
  get versions(): Readonly<Record<string, string>> {
    return { ...this.python.versions, ...(this.ceiling.version !== undefined && { c: this.ceiling.version }) };
  }

  /**
   * TensorFlow.js alone on one of its engines, in a process that is started at its first use.
   *
   * @param engine - Which engine.
   * @returns Undefined where it was not asked for or is not there.
   */
  async engine(engine: Engine): Promise<TfjsEngine | undefined> {
    if (!this.against.has(engine === "node" ? "tfjs-node" : "tfjs")) return undefined;
    const started = this.#engines.get(engine) ?? (await TfjsEngine.start(engine, this.data.folder, this.signal));
    this.#engines.set(engine, started);
    if (started instanceof TfjsEngine) return started.ended === undefined ? started : undefined;
    this.report(started);
    return undefined;
  }

  /** Adds something that turned out not to be there, once. */
  report(missing: Missing): void {
    if (!this.missing.some(({ name }) => name === missing.name)) this.missing.push(missing);
  }

  /**
   * Names the peers whose processes have ended on their own; each is left out from then on.
   *
   * @param work - During which case they did.
   */
  reportEnded({ suite, name: work }: Pick<BenchCase, "suite" | "name">): void {
    const engines = [...this.#engines.values()].flatMap((engine) =>
      engine instanceof TfjsEngine ? [[engine.name, engine.ended] as const] : [],
    );
    for (const [name, ended] of [...this.python.ended, ["c", this.ceiling.ended] as const, ...engines]) {
      const remedy = "It is left out from there on; what it was measured in before counts.";
      if (ended) this.report({ name, why: `in ${suite}: ${work}, ${ended.message}`, remedy });
    }
  }

  /** Ends the peers' processes and removes what was shared with them. */
  async close(): Promise<void> {
    this.python.close();
    for (const engine of this.#engines.values()) if (engine instanceof TfjsEngine) engine.close();
    await this.data.remove();
  }
}
