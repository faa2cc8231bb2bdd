import { createRequire } from "node:module";
import { EmbeddingTable } from "@rowan/api";
import { expect, test } from "vitest";
import { createTfjsBackend } from "./index.ts";

test("the WASM engine runs where a program has started it by require, from another copy of its package", async () => {
  const load = createRequire(import.meta.url);
  const core = load("@tensorflow/tfjs-core") as { setBackend(name: string): Promise<boolean> };
  load("@tensorflow/tfjs-backend-wasm");
  expect(await core.setBackend("wasm")).toBe(true);
  const backend = await createTfjsBackend({ engine: "wasm" });
  expect(backend.device).toMatch(/^TensorFlow\.js WASM( SIMD)?, [1-9]\d* threads?$/);
  const table = EmbeddingTable.from([1, 2, 3, 4, 5, 6], { shape: [3, 2], backend });
  expect(Array.from((await table.lookup([2, 0])).data)).toEqual([5, 6, 1, 2]);
  table.dispose();
  backend.dispose();
});
