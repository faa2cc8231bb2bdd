import { dirname, join } from "node:path";
import { InterruptedError } from "../../failure.ts";
import type { Contender, Missing } from "../contender.ts";
import { findUp } from "./find-up.ts";
import { LineChild } from "./line-child.ts";
import { unlessFailed } from "./peer-failed.ts";
import type { Failures } from "./peer-failed.ts";
import { readFloats } from "./read-floats.ts";

/** An engine of TensorFlow.js. */
export type Engine = "node" | "wasm" | "cpu";

/** What an engine shall do; engines.mjs says which fields a kind needs. */
export interface EngineWork {
  readonly kind: "layersStep" | "bareStep" | "gather";
  readonly name: string;
  readonly tolerance?: number;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

const remedies: Readonly<Record<Engine, string>> = {
  node: "In a clone of Rowan: npm run setup:engines -- tfjs-node.",
  wasm: "In a clone of Rowan: npm run setup:engines -- tfjs.",
  cpu: "In a clone of Rowan: npm run setup:engines -- tfjs.",
};

interface EngineSurroundings {
  /** Where results are handed over. */
  readonly folder: string;
  /** Ends the engine. */
  readonly signal: AbortSignal;
  readonly failures: Failures;
}

/** TensorFlow.js on one of its engines, in a process of its own: one process has one active engine, and Rowan's is here. */
export class TfjsEngine {
  /** As it is named where it is missing. */
  readonly name: string;
  readonly #child: LineChild;
  readonly #engine: Engine;
  readonly #folder: string;
  readonly #failures: Failures;
  #opened = 0;

  private constructor(name: string, child: LineChild, engine: Engine, { folder, failures }: EngineSurroundings) {
    this.name = name;
    this.#child = child;
    this.#engine = engine;
    this.#folder = folder;
    this.#failures = failures;
  }

  /**
   * Starts it, where its packages are.
   *
   * @param engine - Which engine.
   * @param surroundings - Where results are handed over, what ends it, and who hears where it fails.
   * @returns The peer, or why there is none.
   * @throws InterruptedError where the signal was set off meanwhile.
   */
  static async start(engine: Engine, surroundings: EngineSurroundings): Promise<TfjsEngine | Missing> {
    const { signal } = surroundings;
    const name = `plain TensorFlow.js (${engine})`;
    const script = findUp("peers", "engines.mjs");
    if (script === undefined) return { name, why: "engines.mjs is not here", remedy: remedies[engine] };
    const manifest = findUp("engines", engine === "node" ? "tfjs-node" : "tfjs", "package.json");
    const args = [script, engine, ...(manifest ? [dirname(manifest)] : []), process.cwd()];
    const child = new LineChild(process.execPath, args, signal);
    const peer = new TfjsEngine(name, child, engine, surroundings);
    try {
      await child.request({ op: "hello" });
      return peer;
    } catch (error) {
      child.close();
      if (signal.aborted) throw new InterruptedError();
      return { name, why: error instanceof Error ? error.message : String(error), remedy: remedies[engine] };
    }
  }

  /**
   * Makes a contender ready.
   *
   * @param work - What it does.
   * @returns Nobody where it fails.
   */
  async open({ kind, name, tolerance, fields }: EngineWork): Promise<Contender[]> {
    const id = ++this.#opened;
    if ((await unlessFailed(this.#ask({ op: "open", id, kind, ...fields }))) === undefined) return [];
    const path = join(this.#folder, `tfjs-${this.#engine}.f32`);
    const contender: Contender = {
      name,
      peer: this.#engine === "node" ? "tfjs-node" : "tfjs",
      ...(tolerance !== undefined && { tolerance }),
      turn: async (first, warm, calls) => (await this.#ask<{ ms: number[] }>({ op: "turn", id, first, warm, calls })).ms,
      result: async () => {
        await this.#ask({ op: "result", id, path, calls: fields["resultCalls"] ?? 1 });
        return readFloats(path);
      },
      dispose: async () => {
        await unlessFailed(this.#ask({ op: "close", id }));
      },
    };
    return [contender];
  }

  /** Whether its process is not there any more. */
  get hasEnded(): boolean {
    return this.#child.hasEnded;
  }

  /** Ends the process. */
  close(): void {
    this.#child.close();
  }

  #ask<T = unknown>(request: object): Promise<T> {
    return this.#failures.watch(this.name, this.#child.request<T>(request));
  }
}
