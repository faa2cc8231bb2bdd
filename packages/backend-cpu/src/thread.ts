/** What a thread needs of this package to run kernels over memory that it was given: without the kernels' text, which its program brings. */
import { loadAddon } from "./native-addon.ts";
import { withNative } from "./native-kernels.ts";
import type { WasmKernels } from "./kernels.ts";
import { startInstance } from "./wasm/web-assembly.ts";
import type { WasmMemory } from "./wasm/web-assembly.ts";

export type { WasmKernels } from "./kernels.ts";

/** The kernels of a backend before they have a memory. It can be posted to a worker. */
export interface CompiledKernels {
  /** A `WebAssembly.Module` for shared memories. */
  readonly module: object;
  /** The path of the addon, where the backend has native kernels. */
  readonly addon: string | undefined;
}

/**
 * Kernels over a shared memory, in whatever thread calls this.
 *
 * @param compiled - Of the backend that the memory belongs to.
 * @param memory - A shared `WebAssembly.Memory`.
 * @returns The kernels; addresses are bytes in that memory.
 */
export function startKernels(compiled: CompiledKernels, memory: object): WasmKernels {
  const kernels = startInstance(compiled.module, memory as WasmMemory);
  // Where one thread cannot load what another could, it has the same results from WASM.
  const addon = compiled.addon === undefined ? undefined : loadAddon(compiled.addon);
  return addon && !("lack" in addon) ? withNative(kernels, memory as WasmMemory, addon) : kernels;
}
