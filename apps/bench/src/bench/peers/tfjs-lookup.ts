import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { InterruptedError } from "../../failure.ts";
import { inProcess } from "../contender.ts";
import type { Contender, Missing } from "../contender.ts";
import { findPackage } from "./find-tfjs.ts";
import type { TfjsSearch } from "./find-tfjs.ts";

interface TfTensor {
  dataSync(): Float32Array;
  dispose(): void;
}

/** What is used of tfjs-core. */
export interface TfCore {
  enableProdMode(): void;
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor2d(values: Float32Array, shape: [number, number]): TfTensor;
  tensor1d(values: Int32Array, dtype: "int32"): TfTensor;
  gather(table: TfTensor, ids: TfTensor): TfTensor;
  tidy(work: () => void): void;
}

/** The rows and the ids of a lookup. */
export interface LookupInputs {
  readonly values: Float32Array;
  readonly rows: number;
  readonly dim: number;
  /** One a set. */
  readonly ids: readonly Int32Array[];
}

/**
 * TensorFlow.js on one of its own engines: makes a tensor of the ids, gathers, reads the rows back.
 *
 * @param search - Where its packages are; none may be missing.
 * @param engine - Which engine.
 * @param inputs - The rows and the ids.
 */
export async function tfjsLookup(search: TfjsSearch, engine: "wasm" | "cpu", inputs: LookupInputs): Promise<Contender> {
  const entry = (name: string): string => search.found[`@tensorflow/tfjs-${name}`] as string;
  const load = createRequire(entry("core"));
  const core = load(entry("core")) as TfCore;
  // It greets on the console otherwise.
  core.enableProdMode();
  const backend = load(entry(`backend-${engine}`)) as { setWasmPaths?: (folder: string) => void };
  backend.setWasmPaths?.(dirname(entry("backend-wasm")) + sep);
  return gatherWith(core, engine, `tfjs ${engine}`, "tfjs", inputs);
}

/** tfjs-node's API, or why there is none. */
export type TfjsNode = { readonly core: TfCore } | { readonly missing: Missing };

/**
 * Loads tfjs-node, TensorFlow's native library behind TensorFlow.js, where that works.
 *
 * @param signal - Ends it.
 * @throws InterruptedError where the signal was set off meanwhile.
 */
export async function loadTfjsNode(signal: AbortSignal): Promise<TfjsNode> {
  const remedy = "npm install @tensorflow/tfjs-node where rowan is started; it downloads TensorFlow's native library.";
  const entry = findPackage("@tensorflow/tfjs-node", "tfjs-node");
  if (entry === undefined) return { missing: { name: "tfjs-node", why: "@tensorflow/tfjs-node not installed", remedy } };
  // One thread against one: TensorFlow reads these when its library is loaded, and takes all cores otherwise.
  for (const name of ["TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"]) process.env[name] ??= "1";
  try {
    const load = createRequire(entry);
    // What is JavaScript first, so that signals have their turn before the library.
    load("@tensorflow/tfjs");
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    const core = load(entry) as TfCore;
    core.enableProdMode();
    return { core };
  } catch (error) {
    if (signal.aborted) throw new InterruptedError();
    const why = `it does not load: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`;
    return { missing: { name: "tfjs-node", why, remedy } };
  }
}

/**
 * A lookup by a TensorFlow.js.
 *
 * @param core - Its API.
 * @param backend - The name of its backend.
 * @param name - How reports call it.
 * @param peer - Which peer it is.
 * @param inputs - The rows and the ids.
 */
export async function gatherWith(
  core: TfCore,
  backend: string,
  name: string,
  peer: "tfjs" | "tfjs-node",
  { values, rows, dim, ids }: LookupInputs,
): Promise<Contender> {
  if (!(await core.setBackend(backend))) throw new Error(`the backend ${backend} of TensorFlow.js does not start here`);
  await core.ready();
  const table = core.tensor2d(values, [rows, dim]);
  const look = (set: number): Float32Array => {
    let found: Float32Array = new Float32Array(0);
    // Nothing is returned from inside: tidy would search every element of it for tensors.
    core.tidy(() => {
      found = core.gather(table, core.tensor1d(ids[set] as Int32Array, "int32")).dataSync();
    });
    return found;
  };
  const contender = inProcess({ name, peer, sets: ids.length, call: look, dispose: () => table.dispose() });
  const activate = async (): Promise<unknown> => core.setBackend(backend);
  return {
    ...contender,
    turn: async (first, warm, calls) => {
      await activate();
      return contender.turn(first, warm, calls);
    },
    result: async () => {
      await activate();
      return look(0);
    },
  };
}
