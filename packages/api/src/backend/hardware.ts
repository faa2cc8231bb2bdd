/** What a backend runs on, and what can be said of it before its engine is loaded. Data for choosing; no mathematics depends on it. */
import type { Backend } from "./backend.ts";

/** The piece of hardware behind a backend. */
export interface Hardware {
  /** Which interface does the work. `"gpu"` does not promise a graphics card: see `software`. */
  readonly kind: "cpu" | "gpu";
  /** A GPU's interface whose work the processor does (SwiftShader, llvmpipe, WARP): right, and slow. Never true of `"cpu"`. */
  readonly software: boolean;
  /** What the adapter or the engine calls itself, e.g. `"google swiftshader"`. */
  readonly adapter?: string;
  /** The memory that tables can use, in bytes, where it is known. WebGPU does not tell it. */
  readonly memoryBytes?: number;
  /** Engines that the backend would have taken sooner: why each is not in use, and what would change that. */
  readonly passedOver?: readonly string[];
}

/** What a piece of work costs: `callMs + ids * (idNs + dim * valueNs) / 1e6` milliseconds, for so many ids with rows of `dim` values. */
export interface WorkCost {
  /** Milliseconds of every call, however small. */
  readonly callMs: number;
  /** Nanoseconds for each id. */
  readonly idNs: number;
  /** Nanoseconds for each value of a row. */
  readonly valueNs: number;
}

/**
 * What is known of a backend before it is made. It keeps engines that cannot win, which may be large, from being loaded.
 * A factory carries it as its property `outlook`, or `registerBackend` gets it.
 */
export interface BackendOutlook {
  /**
   * The least that a lookup, and a training step, can cost with this engine, on the best machine: where another backend was measured
   * below that, this one is not loaded. An outlook that promises too much only costs time, one that promises too little hides a backend.
   */
  readonly least?: { readonly lookup: WorkCost; readonly train: WorkCost };
  /**
   * A look at the hardware that loads no engine. Absent where there is nothing to see without it.
   *
   * @returns What the backend would run on.
   * @throws BackendUnavailableError when it cannot run here.
   */
  examine?(): Promise<Hardware>;
}

/** Makes a backend; may load WASM, ask for a GPU, and so on. Rejects with BackendUnavailableError when it cannot run here. */
export interface BackendFactory {
  (): Promise<Backend>;
  readonly outlook?: BackendOutlook;
}

/**
 * What a backend runs on.
 *
 * @param backend - A backend that was made.
 * @returns Its `hardware`; the processor where it says nothing.
 */
export function hardwareOf(backend: Backend): Hardware {
  return backend.hardware ?? { kind: "cpu", software: false };
}
