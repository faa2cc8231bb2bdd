import { describeBackend, describeExactMode, describeGolden, describeModels } from "@rowan/conformance";
import { createTfjsBackend } from "./index.ts";

for (const engine of ["cpu", "wasm"] as const) {
  const factory = (): ReturnType<typeof createTfjsBackend> => createTfjsBackend({ engine });
  describeBackend(`tfjs, ${engine}`, factory);
  describeGolden(`tfjs, ${engine}`, factory);
  describeModels(`tfjs, ${engine}`, factory);
  describeExactMode(`tfjs, ${engine}`, factory);
}
