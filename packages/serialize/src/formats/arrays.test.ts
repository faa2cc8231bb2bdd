import { mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { EmbeddingTable, FormatError, NDArray } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { beforeAll, describe, expect, test } from "vitest";
import { checkpointBytes } from "../checkpoint/index.ts";
import { exportTable } from "./export-table.ts";
import { importTable } from "./import-table.ts";
import { formatHeader } from "./npy/header.ts";
import { readNpy, readNpz, readSafetensors } from "./read-arrays.ts";
import { writeNpy, writeNpz, writeSafetensors } from "./write-arrays.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await createCpuBackend();
});

/** Collects what is written. */
async function written(work: (sink: WritableStream<Uint8Array>) => Promise<void>): Promise<Uint8Array> {
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

const arrays: readonly (readonly [string, NDArray])[] = [
  ["float32", new NDArray(Float32Array.of(1.5, -0, NaN, 3e38, 1e-45, 6), [2, 3])],
  ["scalar", new NDArray(Float32Array.of(7), [])],
  ["empty", new NDArray(new Float32Array(0), [0, 3])],
  ["int32", new NDArray(Int32Array.of(-(2 ** 31), 2 ** 31 - 1), [2, 1, 1])],
  ["uint8", new NDArray(Uint8Array.of(0, 255, 3), [3])],
  ["int8", new NDArray(Int8Array.of(-128, 127), [2])],
  ["bool", new NDArray(Uint8Array.of(1, 0, 1), [3], "bool")],
  ["__proto__", new NDArray(Float32Array.of(9), [1])],
];

describe("arrays of every dtype and shape come back", () => {
  test.each(arrays)(".npy of %s", async (_, array) => {
    const bytes = await written((sink) => writeNpy(array, sink));
    expect((await readNpy(bytes)).equals(array)).toBe(true);
  });

  test.each([false, true])(".npz, packed: %s", async (compress) => {
    const bytes = await written((sink) => writeNpz(new Map(arrays), sink, { compress }));
    const again = await readNpz(bytes);
    expect([...again.keys()]).toEqual(arrays.map(([name]) => name));
    for (const [name, array] of arrays) expect(again.get(name)?.equals(array)).toBe(true);
    // From a stream, which has no places to go to.
    expect((await readNpz(new Blob([bytes.slice()]).stream())).size).toBe(arrays.length);
    expect(await written((sink) => writeNpz(new Map(arrays), sink, { compress }))).toEqual(bytes);
  });

  test("safetensors, with metadata", async () => {
    const bytes = await written((sink) => writeSafetensors(new Map(arrays), sink, { metadata: { format: "pt", ключ: "🐳" } }));
    const { tensors, metadata } = await readSafetensors(bytes);
    for (const [name, array] of arrays) expect(tensors.get(name)?.equals(array)).toBe(true);
    expect([...metadata]).toEqual([
      ["format", "pt"],
      ["ключ", "🐳"],
    ]);
  });
});

describe("tables", () => {
  const words = ["", "naïve 🐳", "New\nYork", "__proto__", "d"];

  test.each(["npy", "npz", "safetensors"] as const)("%s comes back with its words", async (format) => {
    const table = EmbeddingTable.create({ inputDim: 5, outputDim: 3, seed: 2, backend });
    const folder = mkdtempSync(join(tmpdir(), "rowan-arrays-"));
    const vocabulary = format === "npy" ? {} : { vocabulary: words };
    for (const ending of ["", ".gz"]) {
      const path = join(folder, `x.${format}${ending}`);
      await exportTable(table, path, vocabulary);
      const again = await importTable(path, { backend });
      expect((await again.table.read()).equals(await table.read())).toBe(true);
      expect(again.vocabulary).toEqual(format === "npy" ? undefined : words);
      expect(again.report).toMatchObject({
        format,
        gzip: ending !== "",
        rows: 5,
        dim: 3,
        promised: 5,
        stored: format === "safetensors" ? "F32" : "<f4",
      });
    }
    expect(readdirSync(folder)).toHaveLength(2);
    if (format === "npy") return;
    const some = await importTable(join(folder, `x.${format}`), { backend, words: ["d", "New\nYork"] });
    expect(some.vocabulary).toEqual(["New\nYork", "d"]);
    expect((await some.table.read()).equals(await table.lookup([2, 4]))).toBe(true);
    expect((await importTable(join(folder, `x.${format}`), { backend, limit: 2 })).vocabulary).toEqual(words.slice(0, 2));
  });

  test("a Rowan checkpoint comes back with its words, from a stream too", async () => {
    const table = EmbeddingTable.create({ inputDim: 5, outputDim: 3, seed: 2, backend });
    const bytes = await checkpointBytes(table, { vocabulary: words });
    for (const source of [bytes, new Blob([bytes]).stream(), gzipSync(bytes)]) {
      const again = await importTable(source, { backend });
      expect((await again.table.read()).equals(await table.read())).toBe(true);
      expect(again.vocabulary).toEqual(words);
      expect(again.report).toMatchObject({ format: "rowan", rows: 5, dim: 3, stored: "float32" });
    }
    expect((await importTable(bytes, { backend, words: ["d"] })).vocabulary).toEqual(["d"]);
    expect((await importTable(bytes, { backend, limit: 2 })).vocabulary).toEqual(words.slice(0, 2));
    await expect(importTable(bytes.subarray(0, -1), { backend })).rejects.toThrow(FormatError);
  });

  test("half floats become float32, or stay", async () => {
    const halves = new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x7c00, 0x0001, 0x3555, 0x8000).buffer);
    const values = [1, -2, Infinity, 2 ** -24, 0.333251953125, -0];
    const bytes = Buffer.concat([formatHeader("<f2", [3, 2]), halves]);
    const { table, report } = await importTable(bytes, { backend });
    expect([...(await table.read()).data]).toEqual(values);
    expect(report.stored).toBe("<f2");
    const kept = await importTable(bytes, { backend, keepHalf: true });
    expect(kept.table.quantization).toEqual({ kind: "float16" });
    expect([...(await kept.table.read()).data]).toEqual(values);
  });

  test("other orders, byte orders and integers become rows of float32", async () => {
    const column = Buffer.from(formatHeader("<f8", [2, 3]))
      .toString("latin1")
      .replace("'fortran_order': False, ", "'fortran_order': True,  ");
    const fortran = Buffer.concat([Buffer.from(column, "latin1"), Buffer.from(Float64Array.of(1, 4, 2, 5, 3, 6).buffer)]);
    const big = Buffer.concat([
      formatHeader(">i8", [1, 2]),
      Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 1, 0, 0, 0, 0]),
    ]);
    expect((await (await importTable(fortran, { backend })).table.read()).toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect((await readNpy(fortran)).toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect((await (await importTable(big, { backend })).table.read()).toArray()).toEqual([[-2, 2 ** 32]]);
    await expect(readNpy(big)).rejects.toThrow("Integers are read as int32. Received: 4294967296");
  });

  test("of several tensors one is named", async () => {
    const matrix = new NDArray(Float32Array.of(1, 2), [1, 2]);
    const bytes = await written((sink) => writeSafetensors({ a: matrix, b: matrix, c: new NDArray(Float32Array.of(1), [1]) }, sink));
    await expect(importTable(bytes, { backend })).rejects.toThrow('Received: "a", "b", "c". Pass the name of one');
    expect((await (await importTable(bytes, { backend, tensor: "b" })).table.read()).toArray()).toEqual([[1, 2]]);
    await expect(importTable(bytes, { backend, tensor: "z" })).rejects.toThrow('holds no tensor "z"');
    await expect(importTable(bytes, { backend, tensor: "c" })).rejects.toThrow("shape (rows, dim)");
  });
});

describe("a safetensors header that lies", () => {
  const file = (header: string, data = 0, length?: number): Uint8Array => {
    const json = Buffer.from(header);
    const prefix = Buffer.alloc(8);
    prefix.writeBigUInt64LE(BigInt(length ?? json.length));
    return Buffer.concat([prefix, json, Buffer.alloc(data)]);
  };
  const tensor = (begin: number, end: number, shape: unknown = [1, 1], dtype: unknown = "F32"): string =>
    JSON.stringify({ dtype, shape, data_offsets: [begin, end] });

  test.each<[string, Uint8Array, string]>([
    ["longer than 100 MB", file("{}", 0, 2 ** 40), "a header of 2 to 100000000 bytes"],
    ["longer than the file", file("{}", 0, 999), "Received: a header of 999 bytes, a file of 10"],
    ["no JSON", file("{oh no}"), "must have a JSON object"],
    ["a hole", file(`{"a":${tensor(0, 4)},"b":${tensor(8, 12)}}`, 12), "begins at byte 8, behind the one before, which ends at 4"],
    ["an overlap", file(`{"a":${tensor(0, 4)},"b":${tensor(0, 4)}}`, 4), "inside of the one before"],
    ["bytes behind", file(`{"a":${tensor(0, 4)}}`, 5), "must end where its last tensor ends"],
    ["cut off", file(`{"a":${tensor(0, 4)}}`, 3), "cut off"],
    ["a shape that overflows", file(`{"a":${tensor(0, 4, [2 ** 31, 2 ** 31, 0])}}`, 4), "no file can hold"],
    ["another size than its shape", file(`{"a":${tensor(0, 4, [2])}}`, 4), "must have 8 bytes for its shape (2)"],
    ["a negative extent", file(`{"a":${tensor(0, 4, [-1])}}`, 4), "must have a shape of integers"],
    ["an unknown dtype", file(`{"a":${tensor(0, 4, [1], "constructor")}}`, 4), 'Received: "constructor"'],
    ["a name twice", file(`{"a":${tensor(0, 4)},"a":${tensor(0, 4)}}`, 4), "names that are there twice"],
    ["metadata that are no texts", file(`{"__metadata__":{"a":1}}`), "must have texts in its __metadata__"],
  ])("%s", async (_, bytes, message) => {
    await expect(readSafetensors(bytes)).rejects.toThrow(message);
    await expect(readSafetensors(bytes)).rejects.toThrow(FormatError);
    const stream = new Blob([bytes.slice()]).stream();
    await expect(
      readSafetensors(stream).then((result) =>
        result.tensors.size === 0 || message === "must end where its last tensor ends" ? Promise.reject(new FormatError("")) : result,
      ),
    ).rejects.toThrow(FormatError);
  });
});

describe("a .npz that lies", () => {
  test("cut off, flipped, with an array twice, or a bomb", async () => {
    const bytes = await written((sink) => writeNpz(new Map(arrays), sink));
    await expect(readNpz(bytes.subarray(0, -30))).rejects.toThrow(FormatError);
    const flipped = bytes.slice();
    const at = Buffer.from(bytes).indexOf(Buffer.from(Float32Array.of(1.5).buffer));
    flipped[at] = 1;
    await expect(readNpz(flipped)).rejects.toThrow("damage in the array");
    const zeros = new NDArray(new Float32Array(30_000_000), [30_000_000]);
    const bomb = await written((sink) => writeNpz({ zeros }, sink, { compress: true }));
    await expect(readNpz(bomb)).rejects.toThrow("must not grow to more than 100 times its size");
  });
});

test("what is in the way stays what it was", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "rowan-arrays-")), "x.npz");
  await writeNpz({ a: new NDArray(Float32Array.of(1), [1]) }, path);
  const before = readFileSync(path);
  const broken = { inputDim: 2, outputDim: 1, lookup: () => Promise.reject(new Error("no rows")) };
  await expect(exportTable(broken, path)).rejects.toThrow("no rows");
  expect(readFileSync(path)).toEqual(before);
});
