import { BackendUnavailableError, InvalidArgumentError, describeValue } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { openCpuMemory } from "./host/cpu-memory.ts";
import { createHostBackend } from "./host/host-backend.ts";
import { openWasmMemory } from "./host/wasm-memory.ts";
import { loadBinding } from "./native/load-binding.ts";
import { createNativeBackend } from "./native/native-backend.ts";
import { loadPeer } from "./tfjs-core.ts";
import type { TfjsCore } from "./tfjs-core.ts";
import { takeTurn } from "./turns.ts";

/** What runs below: native TensorFlow, WASM, or plain JavaScript. */
export type TfjsEngine = "node" | "wasm" | "cpu";

/** What a TensorFlow.js backend shall be. */
export interface TfjsBackendOptions {
  /** `"auto"` takes the first of `"node"`, `"wasm"` and `"cpu"` that is there. Default: `"auto"`. */
  readonly engine?: TfjsEngine | "auto";
}

/** The best first. */
const engines: Readonly<Record<TfjsEngine, () => Promise<Backend>>> = {
  node: async () => createNativeBackend(loadBinding()),
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
 * @returns The backend. Backends of one engine share its memory, and each counts and frees its own tensors. What `"auto"` passed over, and
 *   why, is in its `device`.
 * @throws InvalidArgumentError for an engine that does not exist.
 * @throws BackendUnavailableError when the engine is not installed or does not start here; of `"auto"`, with the reasons of all three.
 * @example
 * const backend = await createTfjsBackend({ engine: "wasm" });
 */
export async function createTfjsBackend(options: TfjsBackendOptions = {}): Promise<Backend> {
  const engine = options.engine ?? "auto";
  if (engine === "auto") return firstThatRuns();
  if (Object.hasOwn(engines, engine)) return engines[engine]();
  const names = ["auto", ...Object.keys(engines)].map((name) => describeValue(name));
  throw new InvalidArgumentError(`\`engine\` must be one of ${names.join(", ")}. Received: engine=${describeValue(engine)}.`);
}

async function firstThatRuns(): Promise<Backend> {
  const reasons: string[] = [];
  for (const engine of Object.keys(engines) as TfjsEngine[]) {
    try {
      const backend = await engines[engine]();
      const passedOver = reasons.length === 0 ? "" : ` (not better: ${reasons.join(" ")})`;
      return { ...backend, device: `${backend.device}${passedOver}` };
    } catch (error) {
      if (!(error instanceof BackendUnavailableError)) throw error;
      reasons.push(error.message);
    }
  }
  throw new BackendUnavailableError(`TensorFlow.js must have an engine. ${reasons.join(" ")}`);
}
