import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { EmbeddingTable, FormatError } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "@rowan/api";
import { exportTable } from "./export-table.ts";
import { importTable } from "./import-table.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
let backend: Backend;
beforeAll(async () => {
  backend = await createCpuBackend();
});

async function imported(source: Parameters<typeof importTable>[0], options: Parameters<typeof importTable>[1] = {}) {
  const { table, vocabulary, report } = await importTable(source, { backend, ...options });
  const rows = (await table.read()).toArray();
  table.dispose();
  return { rows, vocabulary, report };
}

describe("texts", () => {
  test("of word2vec", async () => {
    const { rows, vocabulary, report } = await imported(text("2 3\nthe 0.5 -1 2e-3\nof 1 2 3\n"));
    expect(rows).toEqual([
      [0.5, -1, Math.fround(0.002)],
      [1, 2, 3],
    ]);
    expect(vocabulary).toEqual(["the", "of"]);
    expect(report).toMatchObject({
      format: "word2vec",
      gzip: false,
      promised: 2,
      rows: 2,
      dim: 3,
      badLines: { count: 0 },
      unfinishedLine: false,
    });
  });

  test("of fastText, with blanks at the line ends, and of Windows", async () => {
    expect((await imported(text("2 2\r\n</s> 1 2 \r\nа 3 4 \r\n"))).vocabulary).toEqual(["</s>", "а"]);
  });

  test("of GloVe, without a first line", async () => {
    const { rows, report } = await imported(text("the 0.5 1\n, 2 3"));
    expect(rows).toEqual([
      [0.5, 1],
      [2, 3],
    ]);
    expect(report).toMatchObject({ format: "glove", promised: undefined, unfinishedLine: true });
  });

  test("with blanks in words, empty words, and words made of digits", async () => {
    const { vocabulary, rows } = await imported(text("4 2\na 1 2\nNew York 3 4\n 5 6\n1999 7 8\n"));
    expect(vocabulary).toEqual(["a", "New York", "", "1999"]);
    expect(rows).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ]);
  });

  test("packed with gzip", async () => {
    expect(await imported(gzipSync(text("1 2\nword 1 2\n")))).toMatchObject({ rows: [[1, 2]], report: { format: "word2vec", gzip: true } });
  });

  test.each<[string, string, string]>([
    ["too few numbers", "2 3\nthe 1 2 3\nof 11111 22222\n", "line 3: expected a word and 3 numbers. Received: 2 numbers"],
    ["too many numbers", "2 2\nthe 1 2\nof 1 2 3\n", "line 3: expected 2 numbers. Received: more than that"],
    ["no number", "the 1 2\nof 1 x2\n", 'line 2: expected 2 numbers that float32 can hold. Received: "x2" as number 2'],
    ["a number beyond float32", "the 1 2\nof 1 1e40\n", 'Received: "1e40" as number 2'],
    ["an empty line", "the 1 2\n\nof 1 2\n", "line 2: expected a word and 2 numbers"],
    ["fewer rows than promised", "3 2\nthe 1 2\nof 1 2\n", "expected 3 rows, as line 1 promises. Received: 2 rows"],
    ["more rows than promised", "1 2\nthe 1 2\nof 1 2\n", "line 3: expected the end of the file behind the 1 row that"],
  ])("%s: an error, or counted", async (_, content, message) => {
    await expect(imported(text(content))).rejects.toThrow(message);
    await expect(imported(text(content))).rejects.toThrow(FormatError);
    const { report } = await imported(text(content), { skipBadLines: true });
    expect(report.badLines.count).toBe(1);
    expect(report.badLines.first[0]?.reason).toContain(message.replace(/^line \d+: /, ""));
  });

  test("keeps the first of equal words and names the others, or refuses them", async () => {
    const content = text("a 1 2\nb 3 4\na 5 6\n");
    expect(await imported(content)).toMatchObject({
      rows: [
        [1, 2],
        [3, 4],
      ],
      report: { rows: 2, duplicates: { count: 1, first: [{ word: "a", line: 3 }] } },
    });
    await expect(imported(content, { duplicates: "error" })).rejects.toThrow('line 3: every word must have one row. Received: "a" again');
  });

  test("keeps only some words, or the first rows", async () => {
    const content = text("4 1\na 1\nb 2\nc 3\nd 4\n");
    expect(await imported(content, { words: ["d", "b", "z"] })).toMatchObject({ vocabulary: ["b", "d"], rows: [[2], [4]] });
    expect(await imported(content, { limit: 2 })).toMatchObject({ vocabulary: ["a", "b"], rows: [[1], [2]] });
    await expect(imported(content, { words: ["z"] })).rejects.toThrow("at least one row of the words that are asked for");
  });

  test("counts rows that are not finite", async () => {
    expect((await imported(text("a 1 nan\nb 2 3\nc inf 1\n"))).report.notFinite).toBe(2);
  });
});

describe("sources", () => {
  const content = text("2 2\nthe 1 2\nof 3 4\n");
  test("are paths, URLs, blobs, streams in small pieces, and bytes", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "rowan-import-")), "x.txt");
    writeFileSync(path, content);
    const slow = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of content) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const sources = [
      path,
      new URL(`file://${path}`),
      new Blob([content.slice()]),
      slow,
      content,
      content.slice().buffer,
      `data:text/plain;base64,${Buffer.from(content).toString("base64")}`,
    ];
    for (const source of sources)
      expect((await imported(source)).rows).toEqual([
        [1, 2],
        [3, 4],
      ]);
    await expect(imported(join(path, "nothing"))).rejects.toThrow("ENOTDIR");
  });
});

describe("what cannot be read", () => {
  test.each<[string, Uint8Array, string]>([
    ["nothing", new Uint8Array(0), "an empty file"],
    ["prose", text("Call me Ishmael.\n"), 'a file that begins with "Call me Ishmael'],
    ["HDF5", Uint8Array.of(0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10), "Received: HDF5"],
    ["half a gzip file", gzipSync(text("1 2\nword 1 2\n")).subarray(0, 20), "must be a whole gzip file"],
  ])("%s", async (_, bytes, message) => {
    await expect(imported(bytes)).rejects.toThrow(message);
  });
});

describe("writing", () => {
  test.each(["word2vec", "word2vec-binary", "glove", "fasttext"] as const)("%s comes back bit for bit", async (format) => {
    const table = EmbeddingTable.create({ inputDim: 300, outputDim: 7, seed: 1, backend });
    const vocabulary = Array.from({ length: 300 }, (_, i) => (i === 5 ? "__proto__" : i === 6 ? "naïve🐳" : i === 7 ? "" : `w${i}`));
    const folder = mkdtempSync(join(tmpdir(), "rowan-export-"));
    for (const gzip of [false, true]) {
      const path = join(folder, "x");
      await exportTable(table, path, { format, vocabulary, gzip });
      expect((await readFile(path)).subarray(0, 2).equals(Buffer.of(0x1f, 0x8b))).toBe(gzip);
      const again = await importTable(path, { backend });
      expect(again.vocabulary).toEqual(vocabulary);
      expect((await again.table.read()).equals(await table.read())).toBe(true);
    }
    expect(readdirSync(folder)).toEqual(["x"]);
  });

  test("refuses words that could not be read back", async () => {
    const table = EmbeddingTable.create({ inputDim: 2, outputDim: 1, backend });
    const to = new WritableStream<Uint8Array>();
    await expect(exportTable(table, to, { format: "glove", vocabulary: ["a", "New York"] })).rejects.toThrow('vocabulary[1]="New York"');
    await expect(exportTable(table, to, { format: "glove", vocabulary: ["a"] })).rejects.toThrow(
      "one word for each row. Received: 1 word for 2 rows.",
    );
    await expect(exportTable(table, to, { vocabulary: ["a", "b"] })).rejects.toThrow("ending of the path");
    await expect(exportTable(table, to, { format: "glove", vocabulary: ["a", "a"] })).rejects.toThrow("be there once");
  });
});

describe("word2vec binary", () => {
  const vector = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);
  const join2 = (end: string): Buffer =>
    Buffer.concat([Buffer.from("2 2\nthe "), vector(1, 2), Buffer.from(`${end}of `), vector(3, 4), Buffer.from(end)]);

  test.each([
    ["gensim", ""],
    ["the C program", "\n"],
  ])("of %s", async (_, end) => {
    expect(await imported(join2(end))).toMatchObject({
      rows: [
        [1, 2],
        [3, 4],
      ],
      vocabulary: ["the", "of"],
      report: { format: "word2vec-binary", stored: "float32" },
    });
  });

  test("cut off, or longer than promised", async () => {
    await expect(imported(join2("").subarray(0, -1))).rejects.toThrow("the vector of record 2 at byte 19 must have 8 bytes. Received: 7");
    await expect(imported(join2("").subarray(0, 16))).rejects.toThrow("promises 2 records. Received: 1 records");
    await expect(imported(Buffer.concat([join2(""), Buffer.from("more")]))).rejects.toThrow("must end behind the 2 records");
  });
});
