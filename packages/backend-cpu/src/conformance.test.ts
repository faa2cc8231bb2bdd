import { describeBackend, describeExactMode, describeGolden, describeModels } from "@rowan/conformance";
import { createCpuBackend } from "./index.ts";

describeBackend("cpu, plain", () => createCpuBackend({ kernels: "plain" }));
describeBackend("cpu, WASM, shared memory", () => createCpuBackend({ kernels: "wasm", shared: true }));
describeBackend("cpu, WASM, unshared memory", () => createCpuBackend({ kernels: "wasm", shared: false }));

describeGolden("cpu, plain", () => createCpuBackend({ kernels: "plain" }));
describeGolden("cpu, WASM", () => createCpuBackend({ kernels: "wasm" }));

describeModels("cpu, plain", () => createCpuBackend({ kernels: "plain" }), { long: true });
describeModels("cpu, WASM", () => createCpuBackend({ kernels: "wasm" }), { long: true });

describeExactMode("cpu, plain", () => createCpuBackend({ kernels: "plain" }), { long: true });
describeExactMode("cpu, WASM", () => createCpuBackend({ kernels: "wasm" }), { long: true });
