import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noteUnfinished } from "../interruption/unfinished.ts";
import type { BenchCase } from "./bench-case.ts";
import type { Missing, PeerName } from "./contender.ts";
import { SharedData } from "./data.ts";
import { Ceiling } from "./peers/ceiling.ts";
import { findTfjs } from "./peers/find-tfjs.ts";
import type { TfjsSearch } from "./peers/find-tfjs.ts";
import { Failures } from "./peers/peer-failed.ts";
import { PythonPeers, pythonPeers } from "./peers/python-peers.ts";
import { TfjsEngine } from "./peers/tfjs-engine.ts";
import type { Engine } from "./peers/tfjs-engine.ts";
import { loadTfjsNode } from "./peers/tfjs-lookup.ts";
import type { TfCore, TfjsNode } from "./peers/tfjs-lookup.ts";

type RoomParts = Pick<Room, "against" | "signal" | "data" | "failures" | "python" | "ceiling">;

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

  readonly failures: Failures;
  readonly #engines = new Map<Engine, TfjsEngine | Missing>();

  private constructor({ against, signal, data, failures, python, ceiling }: RoomParts, tfjsNode: TfjsNode | undefined) {
    this.against = against;
    this.signal = signal;
    this.data = data;
    this.failures = failures;
    this.python = python;
    this.ceiling = ceiling;
    const missing: Missing[] = [];
    const search = findTfjs();
    if (against.has("tfjs")) {
      if (search.missing.length === 0) this.tfjs = search;
      else missing.push({ name: "tfjs", why: `${search.missing.join(", ")} not installed`, remedy: search.remedy });
    }
    if (tfjsNode && "core" in tfjsNode) this.tfjsNode = tfjsNode.core;
    else if (tfjsNode) missing.push(tfjsNode.missing);
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
    const data = new SharedData(folder, signal, forget);
    const wanted = new Set(against);
    const failures = new Failures();
    const surroundings = { folder, signal, failures };
    let python: PythonPeers | undefined;
    try {
      python = await PythonPeers.start(
        pythonPeers.filter((name) => wanted.has(name)),
        surroundings,
      );
      const ceiling = await Ceiling.compile(wanted.has("c"), surroundings);
      const tfjsNode = wanted.has("tfjs-node") ? await loadTfjsNode(signal) : undefined;
      return new Room({ against: wanted, signal, data, failures, python, ceiling }, tfjsNode);
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
    const started = this.#engines.get(engine) ?? (await this.#startEngine(engine));
    this.#engines.set(engine, started);
    if (started instanceof TfjsEngine) return started.hasEnded ? undefined : started;
    this.report(started);
    return undefined;
  }

  #startEngine(engine: Engine): Promise<TfjsEngine | Missing> {
    return TfjsEngine.start(engine, { folder: this.data.folder, signal: this.signal, failures: this.failures });
  }

  /** Adds something that turned out not to be there, once. */
  report(missing: Missing): void {
    if (!this.missing.some(({ name, why }) => name === missing.name && why === missing.why)) this.missing.push(missing);
  }

  /**
   * Names the peers that have failed: each is left out of the case, and from there on where its process has ended.
   *
   * @param work - During which case they did.
   */
  reportFailed({ suite, name: work }: Pick<BenchCase, "suite" | "name">): void {
    for (const [name, { message, hasEnded }] of this.failures.take()) {
      const remedy = hasEnded ? "It is left out from there on; what it was measured in before counts." : "It is left out of this case.";
      this.report({ name, why: `in ${suite}: ${work}, ${message.replace(/\.$/, "")}`, remedy });
    }
  }

  /** Ends the peers' processes and removes what was shared with them. */
  async close(): Promise<void> {
    this.python.close();
    for (const engine of this.#engines.values()) if (engine instanceof TfjsEngine) engine.close();
    await this.data.remove();
  }
}
