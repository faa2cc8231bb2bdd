import { existsSync } from "node:fs";
import type { DawnModule } from "../gpu/globals.ts";

/** What tests in Node run on, or why they cannot. */
export type TestGpu = { readonly dawn: DawnModule; readonly missing?: undefined } | { readonly missing: string };

/** SwiftShader, a GPU in software, as Debian's chromium brings it. */
const drivers = ["/usr/lib/chromium/vk_swiftshader_icd.json", "/opt/google/chrome/vk_swiftshader_icd.json"];

/**
 * Finds Dawn in `engines/webgpu`, and an adapter: a real one, or SwiftShader where `VK_ICD_FILENAMES` or Chromium has it.
 *
 * @returns The module, or what is missing and the command that adds it.
 */
export async function findTestGpu(): Promise<TestGpu> {
  process.env["VK_ICD_FILENAMES"] ??= drivers.find((file) => existsSync(file)) ?? "";
  let dawn: DawnModule;
  try {
    dawn = (await import(new URL("../../../../engines/webgpu/node_modules/webgpu/index.js", import.meta.url).href)) as DawnModule;
  } catch {
    return { missing: "Dawn is not installed: npm run setup:engines -- webgpu" };
  }
  const adapter = await (dawn.create([]) as GPU).requestAdapter();
  if (adapter) return { dawn };
  return { missing: "no Vulkan adapter, real or in software: apt-get install chromium libvulkan1" };
}
