import { BackendUnavailableError, InvalidArgumentError, checkOptions, checkPositiveInteger, describeValue } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { Context } from "./context.ts";
import { FasterWay } from "./faster-way.ts";
import { measuredGather, streamedGather } from "./gathering.ts";
import { divideKernels, rememberKernels } from "./kernel-team.ts";
import type { WasmKernels } from "./kernels.ts";
import { machineBytes } from "./machine-memory.ts";
import { openAddon } from "./native-addon.ts";
import type { NativeAddon, OpenedAddon } from "./native-addon.ts";
import { adviseHugePages, withNative } from "./native-kernels.ts";
import { nativeLists } from "./native-lists.ts";
import { outOfMemory } from "./out-of-memory.ts";
import { reasonOf } from "./reason-of.ts";
import { PlainStorage } from "./plain-storage.ts";
import { withSegments } from "./segments/with-segments.ts";
import { WasmStorage } from "./wasm-storage.ts";
import { compileKernels } from "./wasm/instantiate.ts";
import { maximumPages, needWebAssembly, pageBytes, startInstance } from "./wasm/web-assembly.ts";
import type { WasmMemory } from "./wasm/web-assembly.ts";

/** Room to work beside a segment; it grows where that is not enough. */
const workBytes = 1 << 20;

type Kinds = "auto" | "native" | "wasm" | "plain";

/** What a CPU backend shall be. */
export interface CpuBackendOptions {
  /**
   * `"native"` is WASM SIMD over shared memory, with those kernels over rows taken from an addon that gain from what WASM lacks; `"wasm"`
   * is WASM SIMD alone, `"plain"` is TypeScript alone; `"auto"` takes the first of these that runs. The first two give the same bits;
   * plain TypeScript adds sums and products up in another order, which may change their last bits. Default: `"auto"`.
   */
  readonly kernels?: Kinds;
  /**
   * Whether worker threads can read tables in place. `"auto"` shares where the runtime allows it; a web page must be cross-origin
   * isolated for that. Default: `"auto"`.
   */
  readonly shared?: boolean | "auto";
  /** The most that tables, weights and results may take together, in bytes. Default: the memory of the machine, where it is known. */
  readonly maximumBytes?: number;
  /**
   * Larger tables are cut into segments of at most so many bytes, each in a memory of its own; nothing else changes. When left out, what
   * fits into one memory stays whole, which is fastest, and the rest is cut into segments of 2 GiB.
   */
  readonly segmentBytes?: number;
}

const optionNames = ["kernels", "shared", "maximumBytes", "segmentBytes"] as const satisfies readonly (keyof CpuBackendOptions)[];

/**
 * Makes a backend on the processor.
 *
 * @param options - Kernels, sharing, and the memory's limit.
 * @returns The backend. Each call makes one with memory of its own.
 * @throws InvalidArgumentError for an option that does not exist or is not of the allowed values.
 * @throws BackendUnavailableError when native kernels, WASM SIMD or shared memory was asked for and this runtime lacks it.
 * @example
 * const backend = await createCpuBackend();
 * backend.device; // "WASM SIMD, shared memory, native kernels"
 */
export async function createCpuBackend(options: CpuBackendOptions = {}): Promise<Backend> {
  checkOptions("createCpuBackend", options, '{ kernels: "wasm" }', optionNames);
  const kind = checkOption<Kinds>("kernels", options.kernels ?? "auto", ["auto", "native", "wasm", "plain"]);
  const sharing = checkOption<boolean | "auto">("shared", options.shared ?? "auto", ["auto", true, false]);
  const { maximumBytes, segmentBytes } = options;
  if (maximumBytes !== undefined) checkPositiveInteger("maximumBytes", maximumBytes);
  if (segmentBytes !== undefined) checkPositiveInteger("segmentBytes", segmentBytes);
  const sizes = { maximumBytes: maximumBytes ?? machineBytes() ?? Infinity, segmentBytes };
  if (sharing === true && (kind === "plain" || !canShare())) {
    throw new BackendUnavailableError({
      reason: `\`shared: true\` needs WASM kernels and a runtime that lets threads share memory. Received: kernels=${describeValue(kind)}.`,
      remedy:
        "Leave `shared` out, or serve the page with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.",
    });
  }
  const passedOver: string[] = [];
  if (kind !== "plain") {
    const shared = sharing === "auto" ? canShare() : sharing;
    // The addon works in shared memory alone: that never moves.
    const native = kind === "wasm" ? undefined : shared ? openAddon() : { lack: "memory is not shared" };
    if (kind === "native" && native?.lack !== undefined) {
      throw new BackendUnavailableError({
        reason: `\`kernels: "native"\` needs Node with shared memory, and the addon of this package. Received: ${native.lack}.`,
        remedy: 'Use `kernels: "auto"`, which gives the same results from WASM.',
      });
    }
    if (native?.lack !== undefined) passedOver.push(`The native kernels: ${native.lack}.`);
    try {
      return await createWasmBackend(shared, sizes, native, passedOver);
    } catch (cause) {
      if (kind !== "auto") {
        throw new BackendUnavailableError(
          {
            reason: `\`kernels: ${describeValue(kind)}\` needs a runtime with WebAssembly SIMD. Received: a module that does not start here.`,
            remedy: 'Use `kernels: "auto"`, which falls back to plain TypeScript.',
          },
          { cause },
        );
      }
      passedOver.push(`The WASM kernels: they do not start here: ${reasonOf(cause)}.`);
    }
  }
  // Where WASM runs, nobody reads it.
  const { plainKernels } = await import("./kernels/plain.ts");
  const storage = new PlainStorage(sizes.maximumBytes);
  const makeMemory = (): Context<Float32Array, Int32Array, Uint8Array> => new Context(plainKernels, new PlainStorage(sizes.maximumBytes));
  return assembleBackend({ device: "plain TypeScript", passedOver }, false, new Context(plainKernels, storage), sizes, makeMemory);
}

/** How much memory there shall be, and in what pieces. */
interface Sizes {
  readonly maximumBytes: number;
  readonly segmentBytes: number | undefined;
}

async function createWasmBackend(
  shared: boolean,
  sizes: Sizes,
  native: OpenedAddon | undefined,
  passedOver: readonly string[],
): Promise<Backend> {
  const [memory, pages] = createMemory(Math.ceil(Math.min(sizes.maximumBytes / pageBytes, maximumPages)), shared);
  const { kernels: wasm, module } = await compileKernels(memory);
  /** Kernels over a memory that may grow to so many pages. */
  const over = (instance: WasmKernels, its: WasmMemory, most: number): WasmKernels => {
    if (!native?.addon) return instance;
    adviseHugePages(its, most * pageBytes, native.addon);
    return withNative(instance, its, native.addon);
  };
  const kernels = over(wasm, memory, pages);
  const storage = new WasmStorage(memory, pages);
  const makeMemory = (bytes: number): Context<number, number, number> => {
    const initial = Math.ceil((bytes + workBytes) / pageBytes);
    const maximum = Math.max(pages, initial);
    try {
      const another = newMemory({ initial, maximum, shared });
      return new Context(over(startInstance(module, another), another, maximum), new WasmStorage(another, maximum));
    } catch (cause) {
      throw outOfMemory(bytes, storage.memory().bytes, sizes.maximumBytes, cause);
    }
  };
  const gathering = native?.addon ? streamedGather(kernels) : measuredGather(kernels, new FasterWay(1));
  const divided = shared ? divideKernels(kernels, memory, gathering, { module, addon: native?.addon && native.path }) : undefined;
  const own = divided?.kernels ?? { ...kernels, gatherRows: gathering.gatherRows };
  const context = new Context(own, storage);
  const device = `WASM SIMD, ${shared ? "shared" : "unshared"} memory${native?.addon ? ", native kernels" : ""}`;
  const backend = assembleBackend({ device, passedOver, addon: native?.addon }, shared, context, sizes, makeMemory);
  if (divided) rememberKernels(backend, divided);
  return backend;
}

/** What runs, and what does not. */
interface Form {
  readonly device: string;
  readonly passedOver: readonly string[];
  readonly addon?: NativeAddon | undefined;
}

function assembleBackend<F, I, U>(
  { device, passedOver, addon }: Form,
  sharedTables: boolean,
  context: Context<F, I, U>,
  { maximumBytes, segmentBytes }: Sizes,
  makeMemory: (bytes: number) => Context<F, I, U>,
): Backend {
  const homeBytes = context.storage.limit;
  return {
    name: "cpu",
    device,
    hardware: {
      kind: "cpu",
      software: false,
      ...(Number.isFinite(maximumBytes) && { memoryBytes: maximumBytes }),
      ...(passedOver.length > 0 && { passedOver }),
    },
    capabilities: {
      dtypes: ["float32", "int32", "uint8", "int8", "bool"],
      maxTableBytes: maximumBytes,
      syncRead: true,
      syncRows: true,
      sharedTables,
      deterministic: true,
    },
    ...withSegments(context, {
      maximumBytes,
      homeBlockBytes: segmentBytes ?? Infinity,
      // Where there can be segments, large tables leave an eighth of the first memory to the results of operations.
      reserveBytes: maximumBytes > homeBytes ? homeBytes / 8 : 0,
      segmentBytes: segmentBytes ?? Math.min(2 ** 31, Math.ceil(homeBytes / 2 / pageBytes) * pageBytes),
      makeMemory,
    }),
    ...(addon && nativeLists(addon)),
  };
}

/** A memory with the largest maximum, up to the wanted one, that the runtime gives: some reserve the whole of it at once. */
function createMemory(wantedPages: number, shared: boolean): [memory: WasmMemory, pages: number] {
  for (let pages = wantedPages; ; pages = Math.floor(pages / 2)) {
    try {
      return [newMemory({ initial: 1, maximum: pages, shared }), pages];
    } catch (error) {
      if (pages <= 256) throw error;
    }
  }
}

function newMemory(descriptor: { initial: number; maximum: number; shared: boolean }): WasmMemory {
  const { Memory } = needWebAssembly();
  return new Memory(descriptor);
}

/** Web pages that are not isolated may have the class, but cannot send such memory to a worker. */
function canShare(): boolean {
  const scope = globalThis as { SharedArrayBuffer?: unknown; crossOriginIsolated?: boolean };
  return scope.SharedArrayBuffer !== undefined && scope.crossOriginIsolated !== false;
}

function checkOption<T>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new InvalidArgumentError(
    `\`${name}\` must be one of ${allowed.map((item) => describeValue(item)).join(", ")}. Received: ${name}=${describeValue(value)}.`,
  );
}
