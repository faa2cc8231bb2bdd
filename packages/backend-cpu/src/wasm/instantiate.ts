import type { WasmKernels } from "../kernels.ts";
import { readPackageFile } from "../package-files.ts";
import { webAssembly } from "./web-assembly.ts";
import type { WasmMemory } from "./web-assembly.ts";

/** The flags of an imported memory in a module: a maximum and not shared. A shared one has 3. */
const unsharedFlags = 1;

/**
 * The kernels over a memory. Worker threads call this with a memory that was posted to them.
 *
 * @param memory - Shared or not, with a maximum of at most 65,536 pages.
 * @returns The kernels; addresses are bytes in that memory.
 * @throws What the runtime throws where it has no WASM SIMD.
 */
export async function instantiateKernels(memory: WasmMemory): Promise<WasmKernels> {
  return (await compileKernels(memory)).kernels;
}

/**
 * The kernels over a memory, and their module for further memories.
 *
 * @param memory - Shared or not, with a maximum of at most 65,536 pages.
 * @returns The kernels; and the module, for `startInstance`.
 * @throws What the runtime throws where it has no WASM SIMD.
 */
export async function compileKernels(memory: WasmMemory): Promise<{ readonly kernels: WasmKernels; readonly module: object }> {
  const api = webAssembly();
  if (!api) throw new TypeError("this runtime has no WebAssembly");
  const bytes = await (memory.buffer instanceof ArrayBuffer ? moduleForUnshared() : moduleForShared());
  const { instance, module } = await api.instantiate(bytes, { env: { memory } });
  return { kernels: instance.exports as WasmKernels, module };
}

/**
 * The kernels before they have a memory, which is a shared one.
 *
 * @returns A `WebAssembly.Module`.
 * @throws What the runtime throws where it has no WASM SIMD or no shared memory.
 */
export async function compileForShared(): Promise<object> {
  const api = webAssembly();
  if (!api) throw new TypeError("this runtime has no WebAssembly");
  return api.compile(await moduleForShared());
}

/** In Node from a file, which is read in a fraction of the time that its text takes. */
async function moduleForShared(): Promise<Uint8Array> {
  const bytes = readPackageFile("prebuilds/kernels.wasm");
  if (bytes) return bytes;
  const { moduleBase64 } = await import("./module.generated.ts");
  return decodeBase64(moduleBase64.join(""));
}

/** One module serves both kinds of memory: they differ in one byte of its import, and in nothing that the kernels do. */
async function moduleForUnshared(): Promise<Uint8Array> {
  const { memoryFlagsOffset, moduleBase64 } = await import("./module.generated.ts");
  const bytes = decodeBase64(moduleBase64.join(""));
  bytes[memoryFlagsOffset] = unsharedFlags;
  return bytes;
}

function decodeBase64(text: string): Uint8Array {
  // Node's own way is ten times as fast as a loop that has not been compiled yet, and a start has no time for that.
  const { Buffer } = globalThis as unknown as { Buffer?: { from(text: string, encoding: "base64"): Uint8Array } };
  if (Buffer) return Buffer.from(text, "base64");
  const binary = (globalThis as unknown as { atob(text: string): string }).atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
