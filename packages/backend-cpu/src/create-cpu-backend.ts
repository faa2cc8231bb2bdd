import { BackendUnavailableError, InvalidArgumentError, checkPositiveInteger, describeValue } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { assembleBackend } from "./cpu-backend.ts";
import { plainKernels } from "./kernels/plain.ts";
import { PlainStorage } from "./plain-storage.ts";
import { WasmStorage } from "./wasm-storage.ts";
import { instantiateKernels, maximumPages, pageBytes, webAssembly } from "./wasm/instantiate.ts";
import type { WasmMemory } from "./wasm/instantiate.ts";

/** What a CPU backend shall be. */
export interface CpuBackendOptions {
  /**
   * `"wasm"` needs WASM SIMD, `"plain"` is TypeScript alone, `"auto"` takes WASM where it runs. Default: `"auto"`.
   */
  readonly kernels?: "auto" | "wasm" | "plain";
  /**
   * Whether worker threads can read tables in place. `"auto"` shares where the runtime allows it; a web page must be cross-origin
   * isolated for that. Default: `"auto"`.
   */
  readonly shared?: boolean | "auto";
  /** The most that tables, weights and results may take together, in bytes, up to 4 GiB. Default: 4 GiB. */
  readonly maximumBytes?: number;
}

/**
 * Makes a backend on the processor.
 *
 * @param options - Kernels, sharing, and the memory's limit.
 * @returns The backend. Each call makes one with memory of its own.
 * @throws InvalidArgumentError for an option that is not of the allowed values.
 * @throws BackendUnavailableError when WASM SIMD or shared memory was asked for and this runtime lacks it.
 * @example
 * const backend = await createCpuBackend();
 * backend.device; // "WASM SIMD, shared memory"
 */
export async function createCpuBackend(options: CpuBackendOptions = {}): Promise<Backend> {
  const kind = checkOption<"auto" | "wasm" | "plain">("kernels", options.kernels ?? "auto", ["auto", "wasm", "plain"]);
  const sharing = checkOption<boolean | "auto">("shared", options.shared ?? "auto", ["auto", true, false]);
  const maximumBytes = Math.min(
    checkPositiveInteger("maximumBytes", options.maximumBytes ?? maximumPages * pageBytes),
    maximumPages * pageBytes,
  );
  if (sharing === true && (kind === "plain" || !canShare())) {
    throw new BackendUnavailableError({
      reason: `\`shared: true\` needs WASM kernels and a runtime that lets threads share memory. Received: kernels=${describeValue(kind)}.`,
      remedy:
        "Leave `shared` out, or serve the page with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.",
    });
  }
  if (kind !== "plain") {
    try {
      return await createWasmBackend(sharing === "auto" ? canShare() : sharing, maximumBytes);
    } catch (cause) {
      if (kind === "wasm") {
        throw new BackendUnavailableError(
          {
            reason: '`kernels: "wasm"` needs a runtime with WebAssembly SIMD. Received: a module that does not start here.',
            remedy: 'Use `kernels: "auto"`, which falls back to plain TypeScript.',
          },
          { cause },
        );
      }
    }
  }
  return assembleBackend(plainKernels, new PlainStorage(maximumBytes), "plain TypeScript", false);
}

async function createWasmBackend(shared: boolean, maximumBytes: number): Promise<Backend> {
  const [memory, pages] = createMemory(Math.ceil(maximumBytes / pageBytes), shared);
  const kernels = await instantiateKernels(memory);
  return assembleBackend(kernels, new WasmStorage(memory, pages), `WASM SIMD, ${shared ? "shared" : "unshared"} memory`, shared);
}

/** A memory with the largest maximum, up to the wanted one, that the runtime gives: some reserve the whole of it at once. */
function createMemory(wantedPages: number, shared: boolean): [memory: WasmMemory, pages: number] {
  const api = webAssembly();
  if (!api) throw new TypeError("this runtime has no WebAssembly");
  for (let pages = wantedPages; ; pages = Math.floor(pages / 2)) {
    try {
      return [new api.Memory({ initial: 1, maximum: pages, shared }), pages];
    } catch (error) {
      if (pages <= 256) throw error;
    }
  }
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
