import { describeBackend, describeExactMode, describeGolden, describeModels } from "@rowan/conformance";
import { vi } from "vitest";
import { createTfjsBackend } from "./index.ts";

// Of the long runs, which take seconds each, and longer where the machine has other work.
vi.setConfig({ testTimeout: 120_000 });

for (const engine of ["cpu", "wasm"] as const) {
  const factory = (): ReturnType<typeof createTfjsBackend> => createTfjsBackend({ engine });
  describeBackend(`tfjs, ${engine}`, factory);
  describeGolden(`tfjs, ${engine}`, factory);
  describeModels(`tfjs, ${engine}`, factory, { long: true });
  describeExactMode(`tfjs, ${engine}`, factory, { long: true });
}
