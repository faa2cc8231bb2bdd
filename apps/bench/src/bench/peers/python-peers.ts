import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { InterruptedError } from "../../failure.ts";
import type { Contender, Missing } from "../contender.ts";
import { findUp } from "./find-up.ts";
import { LineChild } from "./line-child.ts";
import { unlessEnded } from "./peer-ended.ts";
import type { PeerEndedError } from "./peer-ended.ts";
import { readFloats } from "./read-floats.ts";

/** The peers that live in Python. */
export const pythonPeers = ["torch", "keras", "fbgemm", "gensim", "numpy", "safetensors"] as const;
export type PythonPeer = (typeof pythonPeers)[number];

/** What a Python case is made of; peers.py says which fields a suite needs. */
export interface PythonCase {
  readonly suite: string;
  readonly kind: PythonPeer;
  readonly name: string;
  readonly bytes?: number;
  readonly tolerance?: number;
  /** False where the results cannot be compared. */
  readonly compared?: boolean;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

const remedy =
  "python3 -m venv apps/bench/peers/.venv && apps/bench/peers/.venv/bin/pip install -r apps/bench/peers/requirements.txt, " +
  "or name a Python that has them in ROWAN_BENCH_PYTHON.";

/** The Python peers, each in a process of its own, so that one that ends takes no other with it. */
export class PythonPeers {
  /** By peer, for those that were there. */
  readonly versions: Readonly<Record<string, string>>;
  readonly missing: readonly Missing[];
  /** The program and the script that hold each of them. */
  readonly command: readonly string[];
  readonly #children: ReadonlyMap<PythonPeer, LineChild>;
  readonly #folder: string;
  #opened = 0;

  private constructor(
    folder: string,
    command: readonly string[],
    { children, versions, missing }: Pick<PythonPeers, "versions" | "missing"> & { readonly children: ReadonlyMap<PythonPeer, LineChild> },
  ) {
    this.#children = children;
    this.#folder = folder;
    this.command = command;
    this.versions = versions;
    this.missing = missing;
  }

  /**
   * Starts Python where there is one, and asks it which peers it has.
   *
   * @param wanted - The peers that are asked for.
   * @param folder - Where results are handed over.
   * @param signal - Ends them.
   * @throws InterruptedError where the signal was set off meanwhile.
   */
  static async start(wanted: readonly PythonPeer[], folder: string, signal: AbortSignal): Promise<PythonPeers> {
    const children = new Map<PythonPeer, LineChild>();
    const versions: Record<string, string> = {};
    if (wanted.length === 0) return new PythonPeers(folder, [], { children, versions, missing: [] });
    const script = findUp("peers", "peers.py");
    const python = script && findPython(script);
    if (script === undefined || python === undefined) {
      const why = script === undefined ? "peers.py is not here" : "no Python that was set up for it";
      return new PythonPeers(folder, [], { children, versions, missing: wanted.map((name) => ({ name, why, remedy })) });
    }
    const greeted = wanted.map(async (name) => ({ name, ...(await greet(name, new LineChild(python, [script], signal), signal)) }));
    const missing: Missing[] = [];
    for (const { name, child, version, why } of await Promise.all(greeted)) {
      if (why !== undefined) {
        child.close();
        missing.push({ name, why, remedy });
        continue;
      }
      children.set(name, child);
      versions[name] = version;
    }
    return new PythonPeers(folder, [python, script], { children, versions, missing });
  }

  /** Whether a peer is there, and its process still is. */
  has(peer: PythonPeer): boolean {
    const child = this.#children.get(peer);
    return child !== undefined && child.ended === undefined;
  }

  /** The peers whose processes have ended on their own, and why. */
  get ended(): readonly (readonly [PythonPeer, PeerEndedError])[] {
    return [...this.#children].flatMap(([peer, { ended }]) => (ended === undefined ? [] : [[peer, ended] as const]));
  }

  /**
   * Makes a contender ready.
   *
   * @param work - What it does.
   * @returns Nobody where the peer is not there, or its process ends.
   */
  async open({ suite, kind, name, bytes, tolerance, compared, fields }: PythonCase): Promise<Contender[]> {
    const child = this.#children.get(kind);
    if (child === undefined) return [];
    const id = `case ${++this.#opened}`;
    if ((await unlessEnded(ask(child, { op: "open", id, suite, kind, ...fields }))) === undefined) return [];
    const path = join(this.#folder, "python-result.f32");
    const contender: Contender = {
      name,
      peer: kind,
      ...(bytes !== undefined && { bytes }),
      ...(tolerance !== undefined && { tolerance }),
      turn: async (first, warm, calls) => (await ask<{ ms: number[] }>(child, { op: "turn", id, first, warm, calls })).ms,
      ...(compared !== false && {
        result: async () => {
          await ask(child, { op: "result", id, path, calls: fields["resultCalls"] ?? 1 });
          return readFloats(path);
        },
      }),
      dispose: async () => {
        await unlessEnded(ask(child, { op: "close", id }));
      },
    };
    return [contender];
  }

  /** Ends Python. */
  close(): void {
    for (const child of this.#children.values()) child.close();
  }
}

/** What a process that has just been started says of its peer: the version, or why it cannot be had. */
async function greet(
  peer: PythonPeer,
  child: LineChild,
  signal: AbortSignal,
): Promise<{ readonly child: LineChild; readonly version: string; readonly why?: string }> {
  try {
    const hello = { op: "hello", peers: [peer] };
    const { versions, missing } = await ask<{ versions: Record<string, string>; missing: Record<string, string> }>(child, hello);
    const version = versions[peer];
    return version === undefined ? { child, version: "", why: missing[peer] ?? "it says no version" } : { child, version };
  } catch (error) {
    child.close();
    if (signal.aborted) throw new InterruptedError();
    return { child, version: "", why: error instanceof Error ? error.message : String(error) };
  }
}

function findPython(script: string): string | undefined {
  const named = process.env["ROWAN_BENCH_PYTHON"];
  if (named !== undefined && named !== "") return named;
  const folder = join(dirname(script), ".venv");
  return [join(folder, "bin", "python"), join(folder, "Scripts", "python.exe")].find((path) => existsSync(path));
}

async function ask<T = unknown>(child: LineChild, request: object): Promise<T> {
  const answer = JSON.parse(await child.ask(JSON.stringify(request))) as T & { error?: string };
  if (answer.error !== undefined) throw new Error(`a Python peer failed: ${answer.error}`);
  return answer;
}
