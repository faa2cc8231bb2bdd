import { memoryFlagsOffset, moduleBase64 } from "./module.generated.ts";

/** What the module exports; `packages/backend-cpu/assembly/row-module.ts` lists the files with their arguments. */
type RowFunction =
  | "gatherRows"
  | "scatterRows"
  | "sumBags"
  | "maxBags"
  | "sgd"
  | "momentum"
  | "adam"
  | "rmsprop"
  | "adagrad"
  | "rowwiseAdagrad"
  | "catchUpAdam"
  | "catchUpMomentum"
  | "scaleRows";

/** Kernels over rows in a memory. They take places (bytes in that memory), extents and factors, write in place, and keep no state. */
export type RowModule = Readonly<Record<RowFunction, (...values: number[]) => void>>;

/** A `WebAssembly.Memory`, which the language's own library does not describe. */
export interface WasmMemoryObject {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
}

/** What this needs of `WebAssembly`. */
interface WebAssemblyApi {
  instantiate(bytes: Uint8Array, imports: { env: { memory: WasmMemoryObject } }): Promise<{ instance: { exports: unknown } }>;
}

/** The flags of an imported memory in a module: a maximum and not shared. A shared one has 3. */
const unsharedFlags = 1;

/**
 * Instantiates our kernels over a memory that somebody else allocates in.
 *
 * @param memory - With a maximum of pages, shared or not.
 * @returns The kernels, or undefined where the runtime has no WASM SIMD.
 */
export async function loadRowModule(memory: WasmMemoryObject): Promise<RowModule | undefined> {
  const { WebAssembly: api } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  const bytes = decodeBase64(moduleBase64.join(""));
  if (memory.buffer instanceof ArrayBuffer) bytes[memoryFlagsOffset] = unsharedFlags;
  try {
    const { instance } = await api.instantiate(bytes, { env: { memory } });
    return instance.exports as RowModule;
  } catch {
    // The kernels in TypeScript do the same work.
    return undefined;
  }
}

function decodeBase64(text: string): Uint8Array {
  const binary = (globalThis as unknown as { atob(text: string): string }).atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
