import { describeBackend, describeExactMode, describeGolden, describeModels } from "@rowan/conformance";
import { createWebGpuBackend } from "./index.ts";

describeBackend("webgpu, Chromium", () => createWebGpuBackend());
describeGolden("webgpu, Chromium", () => createWebGpuBackend());
describeModels("webgpu, Chromium", () => createWebGpuBackend());
describeExactMode("webgpu, Chromium", () => createWebGpuBackend());
