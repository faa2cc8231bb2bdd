import { gzipSync } from "node:zlib";
import { DTypeError, EmbeddingTable, FormatError } from "@rowan/api";
import type { Backend, NDArray } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { beforeAll, describe, expect, test } from "vitest";
import { exportTable } from "./export-table.ts";
import type { ExportOptions } from "./export-table.ts";
import { importTable } from "./import-table.ts";
import type { ImportedTable } from "./import-table.ts";
import { formatHeader } from "./npy/header.ts";

/** A source of numbers: at least 0 and below the bound. */
type Random = (bound: number) => number;

/** The same numbers for the same seed (a linear congruential generator; its upper bits). */
function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** Numbers that lie. */
const extremes = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];
/** Texts that matter to some format. */
const texts = [
  "\n",
  " ",
  "0",
  "-1",
  "99999999999",
  "1e999",
  "nan",
  "}",
  "{",
  ",",
  '"',
  "PK\x03\x04",
  "\0",
  "\xff",
  "(",
  "[18446744073709551615]",
];

/** A damaged copy: some of bits flipped, bytes set, cut, doubled, moved, and numbers and texts written over. */
function mutate(good: Buffer, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(good);
  for (let rounds = 1 + random(3); rounds > 0 && bytes.length > 0; rounds--) bytes = mutateOnce(bytes, random);
  return bytes;
}

function mutateOnce(bytes: Buffer, random: Random): Buffer {
  const at = random(bytes.length);
  const length = 1 + random(Math.min(bytes.length - at, 24));
  switch (random(9)) {
    case 0:
      bytes[at] = (bytes[at] as number) ^ (1 << random(8));
      return bytes;
    case 1:
      bytes[at] = random(256);
      return bytes;
    case 2:
      return bytes.subarray(0, at);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    case 5: {
      const value = extremes[random(extremes.length)] as number;
      if (at + 4 <= bytes.length) bytes.writeUInt32LE(value, at);
      return bytes;
    }
    case 6: {
      const text = Buffer.from(texts[random(texts.length)] as string, "latin1");
      return Buffer.concat([bytes.subarray(0, at), text, bytes.subarray(at + (random(2) === 0 ? 0 : text.length))]);
    }
    case 7: {
      const from = random(bytes.length);
      bytes.copy(bytes, at, from, Math.min(from + length, bytes.length));
      return bytes;
    }
    default:
      bytes.fill(random(2) === 0 ? 0 : 0xff, at, at + length);
      return bytes;
  }
}

/** What damage can cost beside the file itself. */
const allowedBytes = 64 * 2 ** 20;
const vocabulary = ["the", "of", "naïve", "__proto__", "<unk>", "a-b"];
const values = Float32Array.from({ length: 18 }, (_, i) => Math.fround((i - 8) / 7));

let backend: Backend;
let table: EmbeddingTable;
beforeAll(async () => {
  backend = await createCpuBackend();
  table = EmbeddingTable.from(values, { shape: [6, 3], backend });
});

async function exported(options: ExportOptions): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const sink = new WritableStream<Uint8Array>({
    write: (part) => {
      parts.push(part);
    },
  });
  await exportTable(table, sink, options);
  return Buffer.concat(parts);
}

function rowsOf({ shape, data }: NDArray): number[][] {
  return Array.from({ length: shape[0] as number }, (_, row) => [
    ...data.subarray(row * (shape[1] as number), (row + 1) * (shape[1] as number)),
  ]);
}

/** What a file must give where it gives anything: an independent reading, or undefined where damage cannot pass. */
type Oracle = (bytes: Buffer, result: ImportedTable, rows: number[][]) => void;

/** Formats with checksums: nothing but the original. */
const original: Oracle = (_bytes, { vocabulary: words }, rows) => {
  expect(rows.flat()).toEqual([...values]);
  if (words) expect(words).toEqual(vocabulary);
};

/** The rows as they lie in a `.npy` file, by its own words. */
const asNpy: Oracle = (bytes, { report }, rows) => {
  const start = bytes.readUInt16LE(8) + 10;
  const header = bytes.toString("latin1", 10, start);
  expect(bytes[6]).toBe(1);
  const [, count, dim] = (/\((\d+)L?\s*,\s*(\d+)L?\s*,?\s*\)/.exec(header) ?? []).map(Number);
  expect([rows.length, rows[0]?.length]).toEqual([count, dim]);
  if (report.stored !== "<f4" || /'fortran_order':\s*True/.test(header)) return;
  expect(rows.flat()).toEqual(Array.from({ length: rows.flat().length }, (_, i) => bytes.readFloatLE(start + 4 * i)));
};

const asSafetensors: Oracle = (bytes, { report, vocabulary: words }, rows) => {
  const length = Number(bytes.readBigUInt64LE(0));
  const { __metadata__: metadata, ...tensors } = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Record<
    string,
    Record<string, unknown>
  >;
  const [tensor] = Object.values(tensors);
  expect([rows.length, rows[0]?.length]).toEqual(tensor?.["shape"]);
  if (words) expect(words).toEqual(JSON.parse(String(metadata?.["vocabulary"])));
  if (report.stored === "F32")
    expect(rows.flat()).toEqual(Array.from({ length: rows.flat().length }, (_, i) => bytes.readFloatLE(8 + length + 4 * i)));
};

/** Lines, by the simplest reader: the last parts are the numbers, what is before them is the word. */
const asText: Oracle = (bytes, { vocabulary: words, report }, rows) => {
  const lines = bytes
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .split("\n");
  if (lines.at(-1) === "") lines.pop();
  // Blank lines behind the promised rows are nothing.
  while (report.promised !== undefined && lines.length > report.promised + 1 && /^[ \t\r]*$/.test(lines.at(-1) as string)) lines.pop();
  if (report.format === "word2vec")
    expect(
      lines
        .shift()
        ?.trim()
        .split(/[ \t]+/)
        .map(Number),
    ).toEqual([report.promised, report.dim]);
  const firstOfWord = new Map<string, number[]>();
  for (const line of lines) {
    const parts = line.replace(/[ \t\r]+$/, "").split(/[ \t]+/);
    const numbers = parts
      .splice(-report.dim)
      .map((part) => Math.fround(Number(part.replace(/^\+?nan$|^-nan$/i, "NaN").replace(/^([+-]?)inf(inity)?$/i, "$1Infinity"))));
    const word = /^(.*?)[ \t]+$/s.exec(line.slice(0, line.length))?.[0] === line ? "" : parts.join(" ");
    if (!firstOfWord.has(word)) firstOfWord.set(word, numbers);
  }
  expect(rows).toEqual([...firstOfWord.values()]);
  expect(words).toHaveLength(rows.length);
};

const asBinary: Oracle = (bytes, { report, vocabulary: words }, rows) => {
  let at = bytes.indexOf(10) + 1;
  const seen = new Set<string>();
  const expected: number[][] = [];
  for (let record = 0; record < (report.promised ?? 0); record++) {
    if (bytes[at] === 10) at++;
    const blank = bytes.indexOf(32, at);
    const word = bytes.toString("utf8", at, blank);
    if (!seen.has(word)) expected.push(Array.from({ length: report.dim }, (_, i) => bytes.readFloatLE(blank + 1 + 4 * i)));
    seen.add(word);
    at = blank + 1 + 4 * report.dim;
  }
  expect(rows).toEqual(expected);
  expect(words).toEqual([...seen]);
};

async function fuzz(good: Buffer, seed: number, count: number, oracle: Oracle): Promise<{ failed: number; passed: number }> {
  const random = randomFrom(seed);
  const base = process.memoryUsage().arrayBuffers;
  let failed = 0;
  for (let i = 0; i < count; i++) {
    const bytes = i === 0 ? good : mutate(good, random);
    let result: ImportedTable;
    try {
      result = await importTable(bytes, { backend });
    } catch (error) {
      if (!(error instanceof FormatError) && !(error instanceof DTypeError))
        throw new Error(`mutation ${i} of seed ${seed}: ${bytes.toString("base64")}`, { cause: error });
      failed++;
      continue;
    } finally {
      if (i % 64 === 0) expect(process.memoryUsage().arrayBuffers - base).toBeLessThan(allowedBytes);
    }
    try {
      oracle(bytes, result, rowsOf(await result.table.read()));
    } catch (error) {
      throw new Error(`mutation ${i} of seed ${seed}, read as ${result.report.format}: ${bytes.toString("base64")}`, { cause: error });
    } finally {
      result.table.dispose();
    }
  }
  return { failed, passed: count - failed };
}

describe("damaged files give an error or what is in them", () => {
  /** Other formats can come out of damage only where texts have no header. */
  const byFormat: Oracle = (bytes, result, rows) => {
    if (result.report.format === "npy") asNpy(bytes, result, rows);
    else if (result.report.format === "safetensors") asSafetensors(bytes, result, rows);
    else if (result.report.format === "word2vec-binary") asBinary(bytes, result, rows);
    else asText(bytes, result, rows);
  };

  test.each<[string, () => Promise<Buffer> | Buffer, number, Oracle]>([
    ["npy", () => exported({ format: "npy" }), 8000, byFormat],
    ["npy of halves", () => Buffer.concat([formatHeader("<f2", [6, 3]), new Uint8Array(36).fill(60)]), 6000, byFormat],
    [
      "npy of columns",
      () =>
        Buffer.concat([
          Buffer.from(
            Buffer.from(formatHeader(">f8", [6, 3]))
              .toString("latin1")
              .replace("False, ", "True,  "),
            "latin1",
          ),
          Buffer.alloc(144, 63),
        ]),
      6000,
      byFormat,
    ],
    ["safetensors", () => exported({ format: "safetensors", vocabulary }), 20_000, byFormat],
    ["word2vec", () => exported({ format: "word2vec", vocabulary }), 20_000, byFormat],
    ["word2vec binary", () => exported({ format: "word2vec-binary", vocabulary }), 20_000, byFormat],
    ["glove", () => exported({ format: "glove", vocabulary }), 20_000, byFormat],
    ["fasttext", () => exported({ format: "fasttext", vocabulary }), 20_000, byFormat],
    ["gzip", async () => gzipSync(await exported({ format: "word2vec", vocabulary })), 20_000, original],
    ["npz", () => exported({ format: "npz", vocabulary }), 10_000, original],
    ["npz, packed", () => exported({ format: "npz", vocabulary, compress: true }), 10_000, original],
  ])("%s", { timeout: 240_000 }, async (name, make, count, oracle) => {
    const { failed, passed } = await fuzz(await make(), name.length * 1000 + count, count, oracle);
    // Damage is noticed, and the good file is among those that pass.
    expect(failed).toBeGreaterThan(count / 10);
    expect(passed).toBeGreaterThan(0);
  });
});
