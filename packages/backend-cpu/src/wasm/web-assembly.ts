import type { WasmKernels } from "../kernels.ts";

/** Bytes of one page of WASM memory. */
export const pageBytes = 65536;

/** The pages of a whole 32-bit address space; the module is compiled for this maximum. */
export const maximumPages = 65536;

/** What this needs of `WebAssembly`, which the language's own library does not describe. */
export interface WebAssemblyApi {
  readonly Memory: new (descriptor: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
  readonly Instance: new (module: object, imports: { env: { memory: WasmMemory } }) => { exports: unknown };
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(bytes: Uint8Array, imports: { env: { memory: WasmMemory } }): Promise<{ module: object; instance: { exports: unknown } }>;
}

/** A `WebAssembly.Memory`. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  grow(pages: number): number;
}

/** `WebAssembly`, where the runtime has it. */
export function webAssembly(): WebAssemblyApi | undefined {
  return (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
}

/**
 * What starts modules, for those who cannot do without.
 *
 * @returns `WebAssembly`.
 * @throws TypeError where the runtime does not have it.
 */
export function needWebAssembly(): WebAssemblyApi {
  const api = webAssembly();
  if (!api) throw new TypeError("this runtime has no WebAssembly");
  return api;
}

/**
 * The kernels over a memory.
 *
 * @param module - Compiled for a memory of the same kind, shared or not.
 * @param memory - The memory.
 * @returns The kernels; addresses are bytes in that memory.
 */
export function startInstance(module: object, memory: WasmMemory): WasmKernels {
  const api = needWebAssembly();
  return new api.Instance(module, { env: { memory } }).exports as WasmKernels;
}
