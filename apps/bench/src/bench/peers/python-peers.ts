import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { InterruptedError } from "../../failure.ts";
import type { Contender, Missing } from "../contender.ts";
import { findUp } from "./find-up.ts";
import { LineChild } from "./line-child.ts";
import { unlessFailed } from "./peer-failed.ts";
import type { Failures } from "./peer-failed.ts";
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

interface PythonSurroundings {
  /** Where results are handed over. */
  readonly folder: string;
  /** Ends the peers. */
  readonly signal: AbortSignal;
  readonly failures: Failures;
}

/** The Python peers, each in a process of its own, so that one that ends takes no other with it. */
export class PythonPeers {
  /** By peer, for those that were there. */
  readonly versions: Readonly<Record<string, string>>;
  readonly missing: readonly Missing[];
  /** The program and the script that hold each of them. */
  readonly command: readonly string[];
  readonly #children: ReadonlyMap<PythonPeer, LineChild>;
  readonly #folder: string;
  readonly #failures: Failures;
  #opened = 0;

  private constructor(
    { folder, failures }: PythonSurroundings,
    command: readonly string[],
    { children, versions, missing }: Pick<PythonPeers, "versions" | "missing"> & { readonly children: ReadonlyMap<PythonPeer, LineChild> },
  ) {
    this.#children = children;
    this.#folder = folder;
    this.#failures = failures;
    this.command = command;
    this.versions = versions;
    this.missing = missing;
  }

  /**
   * Starts Python where there is one, and asks it which peers it has.
   *
   * @param wanted - The peers that are asked for.
   * @param surroundings - Where results are handed over, what ends them, and who hears where they fail.
   * @throws InterruptedError where the signal was set off meanwhile.
   */
  static async start(wanted: readonly PythonPeer[], surroundings: PythonSurroundings): Promise<PythonPeers> {
    const { signal } = surroundings;
    const children = new Map<PythonPeer, LineChild>();
    const versions: Record<string, string> = {};
    if (wanted.length === 0) return new PythonPeers(surroundings, [], { children, versions, missing: [] });
    const script = findUp("peers", "peers.py");
    const python = script && findPython(script);
    if (script === undefined || python === undefined) {
      const why = script === undefined ? "peers.py is not here" : "no Python that was set up for it";
      return new PythonPeers(surroundings, [], { children, versions, missing: wanted.map((name) => ({ name, why, remedy })) });
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
    return new PythonPeers(surroundings, [python, script], { children, versions, missing });
  }

  /** Whether a peer was there when it was looked for. */
  has(peer: PythonPeer): boolean {
    return this.#children.has(peer);
  }

  /**
   * Makes a contender ready.
   *
   * @param work - What it does.
   * @returns Nobody where the peer is not there, or fails.
   */
  async open({ suite, kind, name, bytes, tolerance, compared, fields }: PythonCase): Promise<Contender[]> {
    const child = this.#children.get(kind);
    if (child === undefined) return [];
    const ask = <T = unknown>(request: object): Promise<T> => this.#failures.watch(kind, child.request<T>(request));
    const id = `case ${++this.#opened}`;
    if ((await unlessFailed(ask({ op: "open", id, suite, kind, ...fields }))) === undefined) return [];
    const path = join(this.#folder, "python-result.f32");
    const contender: Contender = {
      name,
      peer: kind,
      ...(bytes !== undefined && { bytes }),
      ...(tolerance !== undefined && { tolerance }),
      turn: async (first, warm, calls) => (await ask<{ ms: number[] }>({ op: "turn", id, first, warm, calls })).ms,
      ...(compared !== false && {
        result: async () => {
          await ask({ op: "result", id, path, calls: fields["resultCalls"] ?? 1 });
          return readFloats(path);
        },
      }),
      dispose: async () => {
        await unlessFailed(ask({ op: "close", id }));
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
    const { versions, missing } = await child.request<{ versions: Record<string, string>; missing: Record<string, string> }>(hello);
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
