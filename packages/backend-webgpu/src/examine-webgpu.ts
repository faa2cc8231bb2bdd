import { checkOptions } from "@rowan/api";
import type { Hardware } from "@rowan/api";
import { findGpu } from "./gpu/find-gpu.ts";
import type { DawnModule } from "./gpu/globals.ts";
import { describeAdapter, requestAdapter } from "./gpu/open-device.ts";

/** Where to look for a GPU. */
export interface ExamineOptions {
  /** Which of several GPUs. Default: `"high-performance"`. */
  readonly powerPreference?: "high-performance" | "low-power";
  /** npm's package `webgpu`, loaded by the caller, as of `createWebGpuBackend`. */
  readonly dawn?: DawnModule;
}

const optionNames = ["powerPreference", "dawn"] as const satisfies readonly (keyof ExamineOptions)[];

/**
 * Looks at the GPU that a backend would run on. It loads no part of TensorFlow.js, opens no device and sets no globals.
 *
 * @param options - Where to look.
 * @returns What is there; `software` where the processor plays the GPU.
 * @throws InvalidArgumentError for an option that does not exist.
 * @throws BackendUnavailableError where there is no WebGPU, or no adapter, with what would change that.
 * @example
 * (await examineWebGpu()).software; // false
 */
export async function examineWebGpu(options: ExamineOptions = {}): Promise<Hardware> {
  checkOptions("examineWebGpu", options, '{ powerPreference: "low-power" }', optionNames);
  const { powerPreference = "high-performance", dawn } = options;
  const { gpu } = await findGpu(dawn);
  const { software, adapter } = describeAdapter(await requestAdapter(gpu, powerPreference));
  return { kind: "gpu", software, adapter };
}
