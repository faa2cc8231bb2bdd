import { checkFlag, checkOptions, checkPositiveInteger } from "@rowan/api";
import type { BackendOutlook } from "@rowan/api";
import { assembleBackend } from "./assemble-backend.ts";
import { findGpu } from "./gpu/find-gpu.ts";
import { setMissingGlobals } from "./gpu/globals.ts";
import type { DawnModule } from "./gpu/globals.ts";
import { examineWebGpu } from "./examine-webgpu.ts";
import { GpuContext } from "./gpu/gpu-context.ts";
import { loadTfjs } from "./gpu/load-tfjs.ts";
import { openDevice } from "./gpu/open-device.ts";
import { usualKernels } from "./kernels/usual-kernels.ts";
import { GpuStorage } from "./storage/gpu-storage.ts";
import type { WebGpuBackend } from "./webgpu-backend.ts";

/** What a WebGPU backend shall be. */
export interface WebGpuBackendOptions {
  /** Which of several GPUs. Default: `"high-performance"`. */
  readonly powerPreference?: "high-performance" | "low-power";
  /** npm's package `webgpu` (Dawn for Node), loaded by the caller: `await import("webgpu")`. Default: the runtime's own WebGPU, then that package. */
  readonly dawn?: DawnModule;
  /**
   * How products of matrices are computed: `"tiled"` by the kernels of TensorFlow.js, `"plain"` one element after another. Default:
   * `"plain"` on a GPU in software, where tiles cost more than they save, else `"tiled"`.
   */
  readonly products?: "tiled" | "plain";
  /** The most bytes of one buffer. Default: what the adapter allows for one binding. A table that is larger lies in several buffers. */
  readonly blockBytes?: number;
  /** The most bytes of one table. Default: 16 GiB, which 32-bit counting can reach. */
  readonly maximumTableBytes?: number;
  /**
   * The most bytes of tables on the device. Tables beyond it stay in the host's memory, with a cache of the rows in use on the device.
   * Default: no limit until the device refuses a table of 16 MiB or more; then what it has agreed to.
   */
  readonly memoryBytes?: number;
  /**
   * Compiles the kernels of lookups and of the usual step while the program goes on, so that the first ones wait less. Default: true,
   * except on a GPU in software, where the compiler takes the processor away.
   */
  readonly precompile?: boolean;
}

const optionNames = [
  "powerPreference",
  "dawn",
  "products",
  "blockBytes",
  "maximumTableBytes",
  "memoryBytes",
  "precompile",
] as const satisfies readonly (keyof WebGpuBackendOptions)[];

/**
 * The least that work can take on the best GPU: a lookup waits for its rows to come back, over a bus or at least through the process
 * of the browser, and a step for its loss. Reckoned from what buses and memories promise, not measured: too little rather than too much.
 */
const outlook: BackendOutlook = {
  least: { lookup: { callMs: 0.05, idNs: 0, valueNs: 0.04 }, train: { callMs: 0.1, idNs: 0, valueNs: 0.005 } },
  examine: () => examineWebGpu(),
};

/** Kernels count elements in 32 bits. */
const countableBytes = 2 ** 34 - 2 ** 12;

/**
 * Makes a backend on the GPU, over the device and the kernels of TensorFlow.js.
 *
 * Where the runtime has no WebGPU of its own, this sets the globals that TensorFlow.js reads (`navigator.gpu`, `GPUBufferUsage`,
 * `GPUMapMode`, `GPUBuffer`, …); it never changes one that is there.
 *
 * @param options - Which GPU, and limits.
 * @returns The backend. Each call makes one with a device of its own.
 * @throws InvalidArgumentError for an option that does not exist, and a size or a flag that is none.
 * @throws BackendUnavailableError where there is no WebGPU, no adapter, or no TensorFlow.js, with what would change that.
 * @example
 * const backend = await createWebGpuBackend();
 * backend.device; // "WebGPU, nvidia ampere"
 */
export const createWebGpuBackend: WebGpuFactory = /* @__PURE__ */ Object.assign(create, { outlook });

/** The type of `createWebGpuBackend`: a factory, and what can be said before it is called. */
export interface WebGpuFactory {
  (options?: WebGpuBackendOptions): Promise<WebGpuBackend>;
  /** What `selectBackend` reads to not load TensorFlow.js where a GPU cannot win, or is software. */
  readonly outlook: BackendOutlook;
}

async function create(options: WebGpuBackendOptions = {}): Promise<WebGpuBackend> {
  checkOptions("createWebGpuBackend", options, '{ powerPreference: "low-power" }', optionNames);
  const { precompile } = options;
  if (precompile !== undefined) checkFlag("precompile", precompile);
  const found = await findGpu(options.dawn);
  setMissingGlobals(found.gpu, found.globals);
  const [tfjs, opened] = await Promise.all([loadTfjs(), openDevice(found.gpu, options.powerPreference ?? "high-performance")]);
  const { maxStorageBufferBindingSize, maxBufferSize } = opened.device.limits;
  const possible = Math.min(maxStorageBufferBindingSize, maxBufferSize);
  const blockBytes = Math.min(checkPositiveInteger("blockBytes", options.blockBytes ?? possible), possible);
  const limit = Math.min(checkPositiveInteger("maximumTableBytes", options.maximumTableBytes ?? countableBytes), countableBytes);
  const memoryBytes = options.memoryBytes === undefined ? Infinity : checkPositiveInteger("memoryBytes", options.memoryBytes);
  const gpu = new GpuContext(opened, tfjs);
  // What cannot be compiled says so when it is needed.
  if (precompile ?? !opened.software) gpu.recorder.pipelines.prepare(usualKernels(opened.hasSubgroups)).catch(() => undefined);
  return assembleBackend(
    gpu,
    new GpuStorage(gpu, { blockBytes: Math.max(blockBytes, 2 ** 12), tableBytes: limit, memoryBytes }),
    blockBytes,
    options.products ?? (opened.software ? "plain" : "tiled"),
  );
}
