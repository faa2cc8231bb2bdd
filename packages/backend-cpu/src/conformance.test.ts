import { describeBackend, describeExactMode, describeGolden, describeModels } from "@rowan/conformance";
import { describe } from "vitest";
import { createCpuBackend } from "./index.ts";
import { openAddon } from "./native-addon.ts";

describeBackend("cpu, plain", () => createCpuBackend({ kernels: "plain" }));
describeBackend("cpu, WASM, shared memory", () => createCpuBackend({ kernels: "wasm", shared: true }));
describeBackend("cpu, WASM, unshared memory", () => createCpuBackend({ kernels: "wasm", shared: false }));

// Kernels that give the bits of WASM, over the tensors of the suite; what they do beside that is in native-kernels.test.ts.
describe.runIf(openAddon().addon)("native kernels", () => {
  describeBackend("cpu, native kernels", () => createCpuBackend({ kernels: "native" }));
  describeModels("cpu, native kernels", () => createCpuBackend({ kernels: "native" }));
  describeExactMode("cpu, native kernels", () => createCpuBackend({ kernels: "native" }));
});

describeGolden("cpu, plain", () => createCpuBackend({ kernels: "plain" }));
describeGolden("cpu, WASM", () => createCpuBackend({ kernels: "wasm" }));

describeModels("cpu, plain", () => createCpuBackend({ kernels: "plain" }), { long: true });
describeModels("cpu, WASM", () => createCpuBackend({ kernels: "wasm" }), { long: true });

describeExactMode("cpu, plain", () => createCpuBackend({ kernels: "plain" }), { long: true });
describeExactMode("cpu, WASM", () => createCpuBackend({ kernels: "wasm" }), { long: true });
