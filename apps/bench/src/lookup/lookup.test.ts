import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, test } from "vitest";
import { fixture, makeFolder, runProgram, writeNpy } from "../testing.ts";
import type { Run } from "../testing.ts";

let folder = "";
let out = "";

beforeEach(() => {
  folder = makeFolder();
  out = join(folder, "rows.npy");
});

async function lookup(ids: string, ...more: string[]): Promise<Run> {
  return runProgram(["lookup", "--table", fixture("float32-3x4.npy"), "--ids", ids, "--out", out, ...more]);
}

/** A file with ids in the test's folder. */
function idsFile(descr: string, shape: readonly number[], values: ArrayBufferView): string {
  return writeNpy(join(folder, "ids.npy"), descr, shape, values);
}

/** The rows that were written, as flat values. */
function written(): number[] {
  const bytes = readFileSync(out);
  const offset = 10 + bytes.readUInt16LE(8);
  return Array.from({ length: (bytes.length - offset) / 4 }, (_, i) => bytes.readFloatLE(offset + 4 * i));
}

describe("rows", () => {
  test.each([[], ["--batch", "1"], ["--batch", "4"], ["--batch", "6"]])(
    "are byte for byte what NumPy's indexing gives %s",
    async (...batch) => {
      expect(await lookup(fixture("int64-2x3.npy"), ...batch)).toMatchObject({ status: 0, err: "" });
      expect(readFileSync(out)).toEqual(readFileSync(fixture("rows-2x3x4.npy")));
      expect(readdirSync(folder)).toEqual(["rows.npy"]);
    },
  );

  test("come from a float64 table, too", async () => {
    const { status } = await runProgram(["lookup", "--table", fixture("float64-3x4.npy"), "--ids", fixture("int64-2x3.npy"), "--out", out]);
    expect(status).toBe(0);
    expect(readFileSync(out)).toEqual(readFileSync(fixture("rows-2x3x4.npy")));
  });

  test.each([
    ["|i1", Int8Array],
    ["<i2", Int16Array],
    ["<i4", Int32Array],
    ["|u1", Uint8Array],
    ["<u2", Uint16Array],
    ["<u4", Uint32Array],
  ])("are found by ids of %s", async (descr, Integers) => {
    expect((await lookup(idsFile(descr, [2], Integers.of(2, 0)))).status).toBe(0);
    expect(written()).toEqual([1, 1.125, 1.25, 1.375, 0, 0.125, 0.25, 0.375]);
  });

  test("are found by ids of <u8", async () => {
    expect((await lookup(idsFile("<u8", [1], BigUint64Array.of(1n)))).status).toBe(0);
    expect(written()).toEqual([0.5, 0.625, 0.75, 0.875]);
  });

  test("of no ids are an empty array", async () => {
    expect((await lookup(idsFile("<i4", [0], new Int32Array(0)))).status).toBe(0);
    expect(readFileSync(out).toString("latin1")).toContain("'shape': (0, 4)");
  });

  test("of one id without an axis are one row", async () => {
    expect((await lookup(idsFile("<i4", [], Int32Array.of(1)))).status).toBe(0);
    expect(readFileSync(out).toString("latin1")).toContain("'shape': (4,)");
  });
});

describe("ids out of range", () => {
  const bad = (): string => idsFile("<i8", [2, 3], BigInt64Array.of(0n, 1n, 2n, -1n, 1n, 2n ** 40n));

  test.each(["1", "2", "100"])("are named with their place in the file, read by %s", async (batch) => {
    const { status, err } = await lookup(bad(), "--batch", batch);
    expect(status).toBe(4);
    expect(err).toContain("must be integers from 0 to 2. Received: -1 at position [1, 0] (negative); 2 of 6 ids are invalid.");
    expect(err.trimEnd()).not.toContain("\n");
    expect(readdirSync(folder)).toEqual(["ids.npy"]);
  });

  test("become rows of zeros, or the nearest rows", async () => {
    expect((await lookup(bad(), "--invalid-ids", "zero")).status).toBe(0);
    expect(written().slice(12)).toEqual([0, 0, 0, 0, 0.5, 0.625, 0.75, 0.875, 0, 0, 0, 0]);
    expect((await lookup(bad(), "--invalid-ids", "clip", "--batch", "2")).status).toBe(0);
    expect(written().slice(12)).toEqual([0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1, 1.125, 1.25, 1.375]);
  });

  test("of 64 bits are not taken for their lower half", async () => {
    for (const [descr, values] of [
      ["<i8", BigInt64Array.of(2n ** 32n + 1n)],
      ["<i8", BigInt64Array.of(-(2n ** 32n) + 1n)],
      ["<u8", BigUint64Array.of(2n ** 64n - 1n)],
      ["<u4", Uint32Array.of(2 ** 32 - 1)],
    ] as const) {
      const { status, err } = await lookup(idsFile(descr, [1], values));
      expect(status).toBe(4);
      expect(err).toContain(`Received: ${String(values[0])} at position [0]`);
    }
  });
});

describe("what cannot be", () => {
  test.each([
    ["a file that is not there", "nowhere.npy", 5, "nowhere.npy does not exist"],
    ["a folder", ".", 5, "must be a file. Received: a folder"],
    ["ids that are not integers", fixture("float32-3x4.npy"), 3, "must hold integers. Received: float32"],
    ["big-endian ids", fixture("big-endian-3.npy"), 3, "must be little-endian"],
    ["another kind of file", fileURLToPath(import.meta.url), 3, 'line 1, column 1: there must be an integer. Received: "import"'],
  ])("%s ends in one line", async (_, ids, expected, message) => {
    const { status, err, out: printed } = await lookup(ids);
    expect(status).toBe(expected);
    expect(err).toMatch(/^rowan: [^\n]+\n$/);
    expect(err).toContain(message);
    expect(printed).toBe("");
    expect(existsSync(out)).toBe(false);
  });

  test.each([
    ["fortran-3x4.npy", "must be in C order"],
    ["int64-2x3.npy", "must hold float32 or float64. Received: int64"],
    ["rows-2x3x4.npy", "shape (rows, dim). Received: shape (2, 3, 4)"],
  ])("%s as a table", async (table, message) => {
    const { status, err } = await runProgram(["lookup", "--table", fixture(table), "--ids", fixture("int64-2x3.npy"), "--out", out]);
    expect(status).toBe(3);
    expect(err).toContain(message);
  });

  test("a folder for the rows that does not exist", async () => {
    out = join(folder, "deeper", "rows.npy");
    const { status, err } = await lookup(fixture("int64-2x3.npy"));
    expect(status).toBe(5);
    expect(err).toContain("deeper does not exist");
  });

  test("a folder in the place of the rows", async () => {
    mkdirSync(out);
    const { status, err } = await lookup(fixture("int64-2x3.npy"));
    expect(status).toBe(5);
    expect(err).toContain("must be a file. Received: a folder");
    expect(readdirSync(folder)).toEqual(["rows.npy"]);
  });

  test("rows over their own ids", async () => {
    const ids = idsFile("<i4", [1], Int32Array.of(0));
    out = ids;
    const before = readFileSync(ids);
    expect(await lookup(ids)).toMatchObject({ status: 2, err: expect.stringContaining("--out must be another file") as string });
    expect(readFileSync(ids)).toEqual(before);
  });

  test.each([["--batch", "0"], ["--batch", "many"], ["--invalid-ids", "wrap"], ["--no-such-option"]])(
    "the option %s %s",
    async (...options) => {
      const { status, err } = await lookup(fixture("int64-2x3.npy"), ...options);
      expect(status).toBe(2);
      expect(err).toMatch(/^rowan: [^\n]+\n$/);
    },
  );
});

test("interrupted, it leaves what was there before", async () => {
  writeFileSync(out, "before");
  const interrupt = new AbortController();
  interrupt.abort();
  const args = ["lookup", "--table", fixture("float32-3x4.npy"), "--ids", fixture("int64-2x3.npy"), "--out", out];
  expect(await runProgram(args, interrupt.signal)).toMatchObject({ status: 130, err: "rowan: interrupted; nothing was written\n" });
  expect(readFileSync(out, "utf8")).toBe("before");
  expect(readdirSync(folder)).toEqual(["rows.npy"]);
});

test("says how many rows there were, or nothing with --quiet", async () => {
  const { out: line } = await lookup(fixture("int64-2x3.npy"));
  expect(line).toMatch(/rows\.npy: 6 rows of 4 values in [\d.]+ s, [\d,]+ rows\/s\n$/);
  expect(await lookup(fixture("int64-2x3.npy"), "--quiet")).toEqual({ status: 0, out: "", err: "" });
});

test("the built program does the same, and Ctrl-C ends it without a trace", async () => {
  const program = fileURLToPath(new URL("../../dist/rowan.js", import.meta.url));
  const start = (ids: string): ReturnType<typeof spawn> =>
    spawn(process.execPath, [program, "lookup", "--table", fixture("float32-3x4.npy"), "--ids", ids, "--out", out, "--batch", "1"], {
      stdio: "ignore",
    });
  expect(await once(start(fixture("int64-2x3.npy")), "exit")).toEqual([0, null]);
  expect(readFileSync(out)).toEqual(readFileSync(fixture("rows-2x3x4.npy")));

  const many = idsFile("|u1", [3_000_000], new Uint8Array(3_000_000));
  const before = readdirSync(folder).length;
  const child = start(many);
  const ended = once(child, "exit");
  // The rows are written beside their place until all are there.
  while (readdirSync(folder).length === before && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill("SIGINT");
  expect(await ended).toEqual([130, null]);
  expect(readdirSync(folder).sort()).toEqual(["ids.npy", "rows.npy"]);
  expect(readFileSync(out)).toEqual(readFileSync(fixture("rows-2x3x4.npy")));
});
