import { describeBackend, describeExactMode, describeGolden, describeModels } from "@rowan/conformance";
import { describe, test, vi } from "vitest";
import { createWebGpuBackend } from "./index.ts";
import { findTestGpu } from "./testing/software-gpu.ts";

// A GPU in software on a busy machine: compiling a step's kernels alone may take seconds.
vi.setConfig({ testTimeout: 120_000 });

const gpu = await findTestGpu();

if (gpu.missing !== undefined) {
  // In CI nothing may be missing.
  if (process.env["CI"]) throw new Error(`The WebGPU backend cannot be tested: ${gpu.missing}`);
  describe("webgpu", () => test.skip(`in Node (${gpu.missing})`, () => undefined));
} else {
  const { options } = gpu;
  describeBackend("webgpu, Dawn", () => createWebGpuBackend(options));
  describeGolden("webgpu, Dawn", () => createWebGpuBackend(options));
  describeModels("webgpu, Dawn", () => createWebGpuBackend(options));
  describeExactMode("webgpu, Dawn", () => createWebGpuBackend(options));
}
