import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { InterruptedError } from "../../failure.ts";
import type { Contender, Missing } from "../contender.ts";
import { findUp } from "./find-up.ts";
import { LineChild } from "./line-child.ts";
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

/** One Python process that holds all Python peers. */
export class PythonPeers {
  /** By peer, for those that are there. */
  readonly versions: Readonly<Record<string, string>>;
  readonly missing: readonly Missing[];
  /** The program and the script that hold them. */
  readonly command: readonly string[];
  readonly #child: LineChild | undefined;
  readonly #folder: string;
  #opened = 0;

  private constructor(
    child: LineChild | undefined,
    folder: string,
    command: readonly string[],
    { versions, missing }: { versions: Readonly<Record<string, string>>; missing: readonly Missing[] },
  ) {
    this.#child = child;
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
   * @param signal - Ends it.
   * @throws InterruptedError where the signal was set off meanwhile.
   */
  static async start(wanted: readonly PythonPeer[], folder: string, signal: AbortSignal): Promise<PythonPeers> {
    if (wanted.length === 0) return new PythonPeers(undefined, folder, [], { versions: {}, missing: [] });
    const script = findUp("peers", "peers.py");
    const python = script && findPython(script);
    if (script === undefined || python === undefined) {
      const why = script === undefined ? "peers.py is not here" : "no Python that was set up for it";
      return new PythonPeers(undefined, folder, [], { versions: {}, missing: wanted.map((name) => ({ name, why, remedy })) });
    }
    const child = new LineChild(python, [script], signal);
    try {
      const answer = await ask<{ versions: Record<string, string>; missing: Record<string, string> }>(child, {
        op: "hello",
        peers: wanted,
      });
      const missing = Object.entries(answer.missing).map(([name, why]) => ({ name, why, remedy }));
      return new PythonPeers(child, folder, [python, script], { versions: answer.versions, missing });
    } catch (error) {
      child.close();
      if (signal.aborted) throw new InterruptedError();
      const why = error instanceof Error ? error.message : String(error);
      return new PythonPeers(undefined, folder, [], { versions: {}, missing: wanted.map((name) => ({ name, why, remedy })) });
    }
  }

  /** Whether a peer is there. */
  has(peer: PythonPeer): boolean {
    return this.versions[peer] !== undefined;
  }

  /**
   * Makes a contender ready.
   *
   * @param work - What it does.
   */
  async open({ suite, kind, name, bytes, tolerance, compared, fields }: PythonCase): Promise<Contender> {
    const child = this.#child;
    if (child === undefined) throw new Error(`${kind} is not there`);
    const id = `case ${++this.#opened}`;
    await ask(child, { op: "open", id, suite, kind, ...fields });
    const path = join(this.#folder, "python-result.f32");
    return {
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
        await ask(child, { op: "close", id });
      },
    };
  }

  /** Ends Python. */
  close(): void {
    this.#child?.close();
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
