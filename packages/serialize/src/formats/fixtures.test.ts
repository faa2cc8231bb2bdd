import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { EmbeddingTable, NDArray } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { beforeAll, describe, expect, test } from "vitest";
import { exportTable } from "./export-table.ts";
import type { ExportOptions } from "./export-table.ts";
import { importTable } from "./import-table.ts";
import type { ImportOptions } from "./import-table.ts";
import { readNpy, readNpz, readSafetensors } from "./read-arrays.ts";
import { writeSafetensors } from "./write-arrays.ts";

interface Values {
  readonly shape: readonly number[];
  readonly bits: readonly number[];
}
interface Fixtures {
  readonly words: readonly string[];
  readonly vectors: Values;
  readonly half: Values;
  readonly kinds: Readonly<Record<string, { readonly descr: string; readonly bits: readonly number[] }>>;
}

const path = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const { words, vectors, half, kinds } = JSON.parse(readFileSync(path("formats.json"), "utf8")) as Fixtures;
const floats = (bits: readonly number[]): Float32Array => new Float32Array(Uint32Array.from(bits).buffer);

let backend: Backend;
beforeAll(async () => {
  backend = await createCpuBackend();
});

async function read(name: string, options: ImportOptions = {}) {
  const { table, vocabulary, report } = await importTable(path(name), { backend, ...options });
  return { values: await table.read(), vocabulary, report };
}

async function written(work: (sink: WritableStream<Uint8Array>) => Promise<void>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  await work(
    new WritableStream({
      write: (part) => {
        parts.push(part);
      },
    }),
  );
  return Buffer.concat(parts);
}

describe("files of the real libraries, read bit for bit", () => {
  test.each([
    ["numpy/stored.npz", "npz"],
    ["numpy/packed.npz", "npz"],
    ["safetensors/table.safetensors", "safetensors"],
    ["gensim/vectors.w2v.txt", "word2vec"],
    ["gensim/vectors.w2v.bin", "word2vec-binary"],
    ["gensim/vectors.c.bin", "word2vec-binary"],
    ["gensim/vectors.glove.txt", "glove"],
    ["gensim/vectors.vec.gz", "word2vec"],
  ])("%s", async (name, format) => {
    const { values, vocabulary, report } = await read(name);
    expect(values.equals(new NDArray(floats(vectors.bits), vectors.shape))).toBe(true);
    expect(vocabulary).toEqual(words);
    expect(report).toMatchObject({ format, rows: words.length, badLines: { count: 0 }, duplicates: { count: 0 }, notFinite: 0 });
  });

  test("float16 of safetensors, as floats and as halves", async () => {
    const expected = new NDArray(floats(half.bits), half.shape);
    expect((await read("safetensors/half.safetensors")).values.equals(expected)).toBe(true);
    expect((await read("safetensors/half.safetensors", { keepHalf: true })).values.equals(expected)).toBe(true);
  });

  test.each(Object.entries(kinds))("numpy/%s", async (name, { descr, bits }) => {
    const { values, report } = await read(`numpy/${name}`);
    expect(values.data).toEqual(floats(bits));
    expect(report.stored).toBe(descr);
    expect([...(await readNpy(path(`numpy/${name}`))).data]).toEqual([...floats(bits)]);
  });

  test("whole archives", async () => {
    const arrays = await readNpz(path("numpy/stored.npz"));
    expect([...arrays.keys()]).toEqual(["embeddings", "ids"]);
    expect(arrays.get("ids")?.toArray()).toEqual([
      [0, 2, 1],
      [2, 2, 0],
    ]);
    const { tensors, metadata } = await readSafetensors(path("safetensors/table.safetensors"));
    expect(tensors.get("bias")?.toArray()).toEqual([0, 1, 2]);
    expect(JSON.parse(metadata.get("vocabulary") ?? "")).toEqual(words);
  });
});

describe("written as the real libraries do, byte for byte", () => {
  test.each<[string, ExportOptions]>([["gensim/vectors.w2v.bin", { format: "word2vec-binary" }]])("%s", async (name, options) => {
    const table = EmbeddingTable.from(floats(vectors.bits), { shape: vectors.shape, backend });
    expect(await written((sink) => exportTable(table, sink, { vocabulary: words, ...options }))).toEqual(readFileSync(path(name)));
  });

  test("numpy/float32-3x4.npy", async () => {
    const table = EmbeddingTable.from(
      Float32Array.from({ length: 12 }, (_, i) => i / 8),
      { shape: [3, 4], backend },
    );
    expect(await written((sink) => exportTable(table, sink, { format: "npy" }))).toEqual(readFileSync(path("numpy/float32-3x4.npy")));
  });

  test("safetensors, in the order that it was read in", async () => {
    const { tensors, metadata } = await readSafetensors(path("safetensors/table.safetensors"));
    const bytes = await written((sink) => writeSafetensors(tensors, sink, { metadata: Object.fromEntries(metadata) }));
    const again = await readSafetensors(bytes);
    expect([...again.metadata]).toEqual([...metadata]);
    for (const [name, tensor] of tensors) expect(again.tensors.get(name)?.equals(tensor)).toBe(true);
  });
});
