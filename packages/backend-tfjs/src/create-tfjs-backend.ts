import { InvalidArgumentError, describeValue } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { openCpuMemory } from "./host/cpu-memory.ts";
import { createHostBackend } from "./host/host-backend.ts";
import { openWasmMemory } from "./host/wasm-memory.ts";
import { loadPeer } from "./tfjs-core.ts";
import type { TfjsCore } from "./tfjs-core.ts";
import { takeTurn } from "./turns.ts";

/** What runs below: native TensorFlow, WASM, or plain JavaScript. */
export type TfjsEngine = "wasm" | "cpu";

/** What a TensorFlow.js backend shall be. */
export interface TfjsBackendOptions {
  /** `"auto"` takes the first of the others that is there. Default: `"auto"`. */
  readonly engine?: TfjsEngine | "auto";
}

const engines: Readonly<Record<TfjsEngine, () => Promise<Backend>>> = {
  wasm: async () => {
    const tf = await loadCore("wasm");
    return createHostBackend(tf, await takeTurn(() => openWasmMemory(tf)));
  },
  cpu: async () => {
    const tf = await loadCore("cpu");
    return createHostBackend(tf, await takeTurn(() => openCpuMemory(tf)));
  },
};

function loadCore(engine: TfjsEngine): Promise<TfjsCore> {
  return loadPeer(() => import("@tensorflow/tfjs-core"), engine, "@tensorflow/tfjs-core");
}

/**
 * Makes a backend over TensorFlow.js.
 *
 * @param options - Which engine.
 * @returns The backend. Backends of one engine share its memory, and each counts and frees its own tensors.
 * @throws InvalidArgumentError for an engine that does not exist.
 * @throws BackendUnavailableError when the engine is not installed or does not start here.
 */
export async function createTfjsBackend(options: TfjsBackendOptions = {}): Promise<Backend> {
  const engine = options.engine ?? "auto";
  if (engine !== "auto" && !Object.hasOwn(engines, engine)) {
    throw new InvalidArgumentError(
      `\`engine\` must be one of "auto", ${Object.keys(engines)
        .map((name) => describeValue(name))
        .join(", ")}. Received: engine=${describeValue(engine)}.`,
    );
  }
  return engines[engine === "auto" ? "wasm" : engine]();
}
