import { readFileSync, readdirSync } from "node:fs";
import { setBackend } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { createNaiveBackend } from "@rowan/conformance";
import { afterEach, describe, expect, it } from "vitest";
import { loadCheckpoint, openCheckpoint } from "../index.ts";
import { goldenNames, makeGolden, tensorsOf } from "../testing/golden-content.ts";
import { rewriteGolden } from "../testing/rewrite-golden.ts";

const fixtures = new URL("../../fixtures/checkpoints/", import.meta.url);
const read = (version: string, name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`${version}/${name}.rowan`, fixtures)));

afterEach(() => {
  setBackend(undefined);
});

describe.each(readdirSync(fixtures))("golden files of %s", (version) => {
  it.each([
    ["wasm", () => createCpuBackend()],
    ["plain", () => createCpuBackend({ kernels: "plain" })],
    ["naive", () => createNaiveBackend()],
  ] as [string, () => Promise<Backend>][])("are read, and written with the same bytes, on %s", async (_name, create) => {
    const backend = await create();
    setBackend(backend);
    for (const name of goldenNames) {
      const bytes = read(version, name);
      expect(Buffer.from(await rewriteGolden(name, bytes)).equals(Buffer.from(bytes)), name).toBe(true);
    }
    expect(backend.memory().buffers).toBe(0);
    backend.dispose();
  });

  it("hold what they were written with", async () => {
    expect(Object.fromEntries(await loadCheckpoint(read(version, "tensors"), { as: "tensors" }))).toEqual(tensorsOf());
    const backend = await createCpuBackend();
    setBackend(backend);
    const model = await openCheckpoint(read(version, "model"));
    const anew = await openCheckpoint((await makeGolden(backend)).model);
    expect(model.list()).toEqual(anew.list());
    expect(model.metadata).toEqual(anew.metadata);
    for (const { name } of model.list()) {
      const [found, expected] = [await model.readTensor(name), await anew.readTensor(name)];
      for (const [i, value] of expected.data.entries()) expect(found.data[i]).toBeCloseTo(value, 5);
    }
    backend.dispose();
  });
});
