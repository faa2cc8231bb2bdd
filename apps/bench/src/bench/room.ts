import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Missing, PeerName } from "./contender.ts";
import { SharedData } from "./data.ts";
import { Ceiling } from "./peers/ceiling.ts";
import { findTfjs } from "./peers/find-tfjs.ts";
import type { TfjsSearch } from "./peers/find-tfjs.ts";
import { PythonPeers, pythonPeers } from "./peers/python-peers.ts";
import { loadTfjsNode } from "./peers/tfjs-lookup.ts";
import type { TfCore } from "./peers/tfjs-lookup.ts";

/** Where the cases of a run find their data and their peers. */
export class Room {
  readonly against: ReadonlySet<PeerName>;
  readonly data: SharedData;
  readonly python: PythonPeers;
  readonly ceiling: Ceiling;
  /** Present where it was asked for and all of its packages are there. */
  readonly tfjs: TfjsSearch | undefined;
  /** Present where it was asked for and loads. */
  readonly tfjsNode: TfCore | undefined;
  /** What was asked for and is not there. */
  readonly missing: readonly Missing[];

  private constructor(against: ReadonlySet<PeerName>, data: SharedData, python: PythonPeers, ceiling: Ceiling) {
    this.against = against;
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
      const node = loadTfjsNode();
      if ("core" in node) this.tfjsNode = node.core;
      else missing.push(node.missing);
    }
    this.missing = [...missing, ...python.missing, ...ceiling.missing];
  }

  /**
   * Finds or starts the peers that are asked for.
   *
   * @param against - Their names.
   */
  static async open(against: readonly PeerName[]): Promise<Room> {
    const folder = await mkdtemp(join(tmpdir(), "rowan-bench-"));
    const wanted = new Set(against);
    const python = await PythonPeers.start(
      pythonPeers.filter((name) => wanted.has(name)),
      folder,
    );
    const ceiling = await Ceiling.compile(wanted.has("c"), folder);
    return new Room(wanted, new SharedData(folder), python, ceiling);
  }

  /** What the peers call themselves, by peer. */
  get versions(): Readonly<Record<string, string>> {
    return { ...this.python.versions, ...(this.ceiling.version !== undefined && { c: this.ceiling.version }) };
  }

  /** Ends the peers' processes and removes what was shared with them. */
  async close(): Promise<void> {
    this.python.close();
    await rm(this.data.folder, { recursive: true, force: true });
  }
}
