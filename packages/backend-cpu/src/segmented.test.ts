import { describeBackend, describeExactMode, describeGolden, describeModels } from "@rowan/conformance";
import { createCpuBackend } from "./index.ts";

// The suites on backends that cut nearly everything: users must not notice.
const plain = { kernels: "plain", segmentBytes: 1000 } as const;
const shared = { kernels: "wasm", shared: true, segmentBytes: 1000 } as const;
const unshared = { kernels: "wasm", shared: false, segmentBytes: 1000 } as const;

describeBackend("cpu, plain, in segments", () => createCpuBackend(plain));
describeBackend("cpu, WASM, shared memory, in segments", () => createCpuBackend(shared));
describeBackend("cpu, WASM, unshared memory, in segments", () => createCpuBackend(unshared));
describeGolden("cpu, WASM, in segments", () => createCpuBackend(shared));
describeModels("cpu, WASM, in segments", () => createCpuBackend(shared));
describeExactMode("cpu, WASM, in segments", () => createCpuBackend(shared));
