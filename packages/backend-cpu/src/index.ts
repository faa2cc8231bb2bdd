/** The CPU backend: WASM SIMD kernels over one memory, or the same kernels in plain TypeScript. */
export { createCpuBackend } from "./create-cpu-backend.ts";
export type { CpuBackendOptions } from "./create-cpu-backend.ts";
export { compileKernelsOf, gatherWay, setKernelTeam, teamKernels, teamMemory } from "./kernel-team.ts";
export type { KernelTeam } from "./kernel-team.ts";
export type { WasmKernels } from "./kernels.ts";
export { rowCode } from "./members/quantized.ts";
export { createWordVectorEngine, joinWordVectorEngine } from "./word-vectors/engine.ts";
export type { SharedWordVectors, WordVectorEngine, WordVectorWork } from "./word-vectors/engine.ts";
export type { WordVectorPlan } from "./word-vectors/layout.ts";
