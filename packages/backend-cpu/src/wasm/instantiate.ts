import type { WasmKernels } from "../kernels.ts";
import { readPackageFile } from "../package-files.ts";
import { needWebAssembly } from "./web-assembly.ts";
import type { WasmMemory, WebAssemblyApi } from "./web-assembly.ts";

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
  const { instance, module } = await fromModule(!(memory.buffer instanceof ArrayBuffer), (api, bytes) =>
    api.instantiate(bytes, { env: { memory } }),
  );
  return { kernels: instance.exports as WasmKernels, module };
}

/**
 * The kernels before they have a memory, which is a shared one.
 *
 * @returns A `WebAssembly.Module`.
 * @throws What the runtime throws where it has no WASM SIMD or no shared memory.
 */
export function compileForShared(): Promise<object> {
  return fromModule(true, (api, bytes) => api.compile(bytes));
}

/** Starts with the bytes of the module. */
async function fromModule<T>(shared: boolean, start: (api: WebAssemblyApi, bytes: Uint8Array) => Promise<T>): Promise<T> {
  const api = needWebAssembly();
  // In Node from a file, which is read in a fraction of the time that its text takes.
  const file = shared ? readPackageFile("prebuilds/kernels.wasm") : undefined;
  if (file) {
    try {
      return await start(api, file);
    } catch {
      // A file that was cut off or changed; the text is as it was packed.
    }
  }
  return start(api, await moduleFromText(shared));
}

/** One module serves both kinds of memory: they differ in one byte of its import, and in nothing that the kernels do. */
async function moduleFromText(shared: boolean): Promise<Uint8Array> {
  const { memoryFlagsOffset, moduleBase64 } = await import("./module.generated.ts");
  const bytes = decodeBase64(moduleBase64.join(""));
  if (!shared) bytes[memoryFlagsOffset] = unsharedFlags;
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
