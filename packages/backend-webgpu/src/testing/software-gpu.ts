import { presentGpu } from "../gpu/globals.ts";
import type { DawnModule } from "../gpu/globals.ts";

/** What tests run on, as options of `createWebGpuBackend`, or why they cannot. */
export type TestGpu =
  | { readonly options: { readonly dawn?: DawnModule }; readonly gpu: GPU; readonly globals: object; readonly missing?: undefined }
  | { readonly missing: string };

/** SwiftShader, a GPU in software, as Debian's chromium brings it. */
const drivers = ["/usr/lib/chromium/vk_swiftshader_icd.json", "/opt/google/chrome/vk_swiftshader_icd.json"];

/**
 * Finds what tests run on: in a browser its own WebGPU; in Node Dawn in `engines/webgpu`, and an adapter: a real one, or SwiftShader
 * where `VK_ICD_FILENAMES` or Chromium has it.
 *
 * @returns The options, or what is missing and the command that adds it.
 */
export async function findTestGpu(): Promise<TestGpu> {
  if ("document" in globalThis) return { options: {}, gpu: presentGpu() as GPU, globals: {} };
  const { existsSync } = process.getBuiltinModule("node:fs");
  process.env["VK_ICD_FILENAMES"] ??= drivers.find((file) => existsSync(file)) ?? "";
  let dawn: DawnModule;
  try {
    const module = new URL("../../../../engines/webgpu/node_modules/webgpu/index.js", import.meta.url).href;
    dawn = (await import(/* @vite-ignore */ module)) as DawnModule;
  } catch {
    return { missing: "Dawn is not installed: npm run setup:engines -- webgpu" };
  }
  const gpu = dawn.create([]) as GPU;
  if (await gpu.requestAdapter()) return { options: { dawn }, gpu, globals: dawn.globals };
  return { missing: "no Vulkan adapter, real or in software: apt-get install chromium libvulkan1" };
}
