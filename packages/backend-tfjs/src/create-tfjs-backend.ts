import { BackendUnavailableError, InvalidArgumentError, checkOptions, checkPositiveInteger, describeValue, hardwareOf } from "@rowan/api";
import type { Backend, BackendOutlook } from "@rowan/api";
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
  /**
   * The most threads of the engine `"wasm"`. With 1 it starts none: a bundler that renames functions breaks those of TensorFlow.js, and
   * they never answer. The first start in a process counts. Default: what TensorFlow.js takes, one thread
   * where memory cannot be shared.
   */
  readonly threads?: number;
}

const optionNames = ["engine", "threads"] as const satisfies readonly (keyof TfjsBackendOptions)[];

/** The type of `createTfjsBackend`: a factory, and what can be said before it is called. */
export interface TfjsFactory {
  (options?: TfjsBackendOptions): Promise<Backend>;
  /** What `selectBackend` reads to not load TensorFlow.js where it cannot win. */
  readonly outlook: BackendOutlook;
}

/** The best first. */
const engines: Readonly<Record<TfjsEngine, (threads: number | undefined) => Promise<Backend>>> = {
  node: async () => createNativeBackend(loadBinding()),
  wasm: async (threads) => {
    const tf = await loadCore("wasm");
    return createHostBackend(tf, await takeTurn(() => openWasmMemory(tf, threads)));
  },
  cpu: async () => {
    const tf = await loadCore("cpu");
    return createHostBackend(tf, await takeTurn(() => openCpuMemory(tf)));
  },
};

/**
 * The least that work can take with the best of the engines: a third, and less, of what was measured with WASM on a processor of 2024.
 * Each operation goes through TensorFlow.js' own bookkeeping, which a step does dozens of times.
 */
const outlook: BackendOutlook = {
  least: { lookup: { callMs: 0.002, idNs: 0, valueNs: 0.1 }, train: { callMs: 0.08, idNs: 5, valueNs: 0.1 } },
};

function loadCore(engine: TfjsEngine): Promise<TfjsCore> {
  return loadPeer(() => import("@tensorflow/tfjs-core"), engine, "@tensorflow/tfjs-core");
}

/**
 * Makes a backend over TensorFlow.js.
 *
 * @param options - Which engine.
 * @returns The backend. Backends of one engine share its memory, and each counts and frees its own tensors. What `"auto"` passed over, and
 *   why, is in its `hardware.passedOver`.
 * @throws InvalidArgumentError for an option or an engine that does not exist, or no number of threads.
 * @throws BackendUnavailableError when the engine is not installed or does not start here; of `"auto"`, with the reasons of all three.
 * @example
 * const backend = await createTfjsBackend({ engine: "wasm" });
 */
export const createTfjsBackend: TfjsFactory = /* @__PURE__ */ Object.assign(create, { outlook });

async function create(options: TfjsBackendOptions = {}): Promise<Backend> {
  checkOptions("createTfjsBackend", options, '{ engine: "wasm" }', optionNames);
  const engine = options.engine ?? "auto";
  const threads = options.threads === undefined ? undefined : checkPositiveInteger("threads", options.threads);
  if (engine === "auto") return firstThatRuns(threads);
  if (Object.hasOwn(engines, engine)) return engines[engine](threads);
  const names = ["auto", ...Object.keys(engines)].map((name) => describeValue(name));
  throw new InvalidArgumentError(`\`engine\` must be one of ${names.join(", ")}. Received: engine=${describeValue(engine)}.`);
}

async function firstThatRuns(threads: number | undefined): Promise<Backend> {
  const passedOver: string[] = [];
  for (const engine of Object.keys(engines) as TfjsEngine[]) {
    try {
      const backend = await engines[engine](threads);
      return passedOver.length === 0 ? backend : { ...backend, hardware: { ...hardwareOf(backend), passedOver } };
    } catch (error) {
      if (!(error instanceof BackendUnavailableError)) throw error;
      passedOver.push(error.message);
    }
  }
  throw new BackendUnavailableError(`TensorFlow.js must have an engine. ${passedOver.join(" ")}`);
}
