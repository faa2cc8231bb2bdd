import { BackendUnavailableError } from "@rowan/api";
import { describeBackend, describeExactMode, describeGolden, describeModels } from "@rowan/conformance";
import { expect, test, vi } from "vitest";
import { createTfjsBackend } from "../index.ts";
import { hasNativeEngine } from "../testing/native-engine.ts";

// An operation of TensorFlow costs microseconds: 100,000 steps take half a minute.
vi.setConfig({ testTimeout: 180_000 });

const factory = (): ReturnType<typeof createTfjsBackend> => createTfjsBackend({ engine: "node" });

if (hasNativeEngine()) {
  describeBackend("tfjs, node", factory);
  describeGolden("tfjs, node", factory);
  describeModels("tfjs, node", factory, { long: true });
  describeExactMode("tfjs, node", factory, { long: true });
} else {
  // In CI nothing may be missing.
  if (process.env["CI"]) throw new Error("Native TensorFlow cannot be tested: npm run setup:engines -- tfjs-node");
  test("where native TensorFlow was not built, the error names the command that builds it", async () => {
    await expect(factory()).rejects.toThrow(BackendUnavailableError);
    await expect(factory()).rejects.toThrow("npm exec --no rowan-tfjs-node");
  });
}
