/** The GPU backend: WGSL kernels for rows, over the device, the tensors and the dense kernels of TensorFlow.js. */
export { createWebGpuBackend } from "./create-webgpu-backend.ts";
export type { WebGpuBackendOptions, WebGpuFactory } from "./create-webgpu-backend.ts";
export { examineWebGpu } from "./examine-webgpu.ts";
export type { ExamineOptions } from "./examine-webgpu.ts";
export { DeviceLostError } from "./gpu/device-lost-error.ts";
export type { DawnModule } from "./gpu/globals.ts";
export type { WebGpuBackend, WebGpuStats } from "./webgpu-backend.ts";
