import { existsSync } from "node:fs";

/** What a package that brings WebGPU to Node gives (Dawn, npm's `webgpu`). */
interface Dawn {
  create(flags: readonly string[]): GpuEntry;
  readonly globals: object;
}

/** What is used of `navigator.gpu`. */
interface GpuEntry {
  requestAdapter(): Promise<unknown>;
}

/** SwiftShader, a GPU in software, as Debian's chromium brings it. */
const drivers = ["/usr/lib/chromium/vk_swiftshader_icd.json", "/opt/google/chrome/vk_swiftshader_icd.json"];

/**
 * Gives this process WebGPU as browsers have it, by Dawn of `engines/webgpu` and a GPU, a real one or one in software.
 *
 * @returns Why there is none, or undefined.
 */
export async function bringWebGpu(): Promise<string | undefined> {
  process.env["VK_ICD_FILENAMES"] ??= drivers.find((file) => existsSync(file)) ?? "";
  let dawn: Dawn;
  try {
    dawn = (await import(new URL("../../../engines/webgpu/node_modules/webgpu/index.js", import.meta.url).href)) as Dawn;
  } catch {
    return "Dawn is not installed: npm run setup:engines -- webgpu";
  }
  const gpu = dawn.create([]);
  if (!(await gpu.requestAdapter())) return "no Vulkan adapter, real or in software: apt-get install chromium libvulkan1";
  Object.assign(globalThis, dawn.globals);
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { gpu } });
  return undefined;
}
