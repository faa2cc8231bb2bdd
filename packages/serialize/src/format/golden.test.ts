import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setBackend } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { createNaiveBackend } from "@rowan/conformance";
import { afterEach, describe, expect, it } from "vitest";
import { loadCheckpoint, openCheckpoint } from "../index.ts";
import { goldenNames, makeGolden, tensorsOf } from "../testing/golden-content.ts";
import { rewriteGolden } from "../testing/rewrite-golden.ts";
import { sampleFile } from "../testing/sample-files.ts";

const fixtures = new URL("../../fixtures/checkpoints/", import.meta.url);
const read = (version: string, name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`${version}/${name}.rowan`, fixtures)));

/** Everything in a checkpoint, by the names of its tensors. */
async function contentOf(source: string | Uint8Array): Promise<unknown> {
  const file = await openCheckpoint(source);
  await file.verify();
  const tensors = new Map<string, unknown>();
  for (const { name, dtype } of file.list()) tensors.set(name, [dtype, await file.readTensor(name)]);
  const { metadata, kind, table } = file.metadata;
  const words = await file.readVocabulary();
  await file.close();
  return { tensors, metadata, kind, table, words };
}

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

const forms = new URL("../../fixtures/checkpoint-forms/", import.meta.url);

describe.each(readdirSync(forms))("all dtypes of %s", (version) => {
  it.each(["plain", "deflated", "sharded"])("are read, %s", async (form) => {
    expect(await contentOf(fileURLToPath(new URL(`${version}/${form}.rowan`, forms)))).toEqual(await contentOf(await sampleFile("none")));
  });

  it("are written with the same bytes", async () => {
    expect(Buffer.compare(await sampleFile("none"), readFileSync(new URL(`${version}/plain.rowan`, forms)))).toBe(0);
  });
});
