import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Field, Int32, List, Table, tableFromArrays, tableFromIPC, tableToIPC, vectorFromArray } from "apache-arrow";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { readNpy } from "@rowan/serialize";
import { beforeEach, describe, expect, test } from "vitest";
import { makeFolder, runProgram, writeNpy } from "../testing.ts";
import type { Run } from "../testing.ts";

const program = fileURLToPath(new URL("../../dist/rowan.js", import.meta.url));

let folder = "";
const at = (name: string): string => join(folder, name);

/** Row i of the table is (i, 10 * i); its word is w<i>, and row 0 is that of unknown words. */
const rows = 6;

beforeEach(() => {
  folder = makeFolder();
  const lines = Array.from({ length: rows }, (_, i) => `${i === 0 ? "[UNK]" : `w${i}`} ${i} ${10 * i}`);
  writeFileSync(at("t.txt"), `${rows} 2\n${lines.join("\n")}\n`);
});

/** Runs the built program, in the test's folder. */
function rowan(...args: string[]): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: "utf8" });
  return { status: status ?? -1, out: stdout, err: stderr };
}

async function lookup(ids: string, out: string, ...more: string[]): Promise<Run> {
  return runProgram(["lookup", "--table", at("t.txt"), "--ids", at(ids), "--out", out === "-" ? out : at(out), "--batch", "2", ...more]);
}

/** The first values of the vectors, which are those of the ids, or their sums. */
async function firsts(ids: string, ...more: string[]): Promise<number[]> {
  const { status, out, err } = await lookup(ids, "-", ...more);
  expect({ status, err }).toEqual({ status: 0, err: "" });
  const vectors = out.trim() === "" ? [] : out.trimEnd().split("\n");
  return vectors.map((line) => (JSON.parse(line) as number[])[0] as number);
}

function writeParquet(name: string, columns: Parameters<typeof parquetWriteBuffer>[0]["columnData"], rowGroupSize = 2): void {
  writeFileSync(at(name), Buffer.from(parquetWriteBuffer({ columnData: columns, rowGroupSize })));
}

describe("ids of a .csv", () => {
  test("stand alone, in a column with a name or a number, and in several fields of a bag", async () => {
    writeFileSync(at("a.csv"), "1\n2\n3\n");
    expect(await firsts("a.csv")).toEqual([1, 2, 3]);
    writeFileSync(at("b.csv"), '\ufeffname,item\r\n"a, ""b""",4\r\n"two\nlines",5\r\n');
    expect(await firsts("b.csv", "--column", "item")).toEqual([4, 5]);
    expect((await lookup("b.csv", "-")).err).toContain("has several columns: name, item. Choose one: --column name.");
    for (const [head, column] of [
      ["id,id", []],
      ["item,x,item", ["--column", "item"]],
      ["x,w,w", ["--column", "x", "--mode", "sum", "--weights", "w"]],
    ] as const) {
      writeFileSync(at("twice.csv"), `${head}\n1,2,3\n`);
      const name = head.split(",").at(-1) ?? "";
      expect((await lookup("twice.csv", "-", ...column)).err).toContain(
        `must have the column "${name}" once. Received: 2 columns of that name.`,
      );
    }
    writeFileSync(at("c.csv"), "x,1\ny,3\n");
    expect(await firsts("c.csv", "--column", "2")).toEqual([1, 3]);
    writeFileSync(at("d.csv"), "1,2,3\n4\n\n5,5\n");
    expect(await firsts("d.csv", "--mode", "sum")).toEqual([6, 4, 10]);
    writeFileSync(at("e.tsv"), "id\tweight\n1 2\t0.5 2\n3\t1\n");
    expect(await firsts("e.tsv", "--mode", "sum", "--weights", "weight")).toEqual([4.5, 3]);
  });

  test("bad lines are named with line and column, or counted", async () => {
    writeFileSync(at("a.csv"), 'id\n1\n"x"\n2.5\n\n3"\n4\n');
    const bad = await lookup("a.csv", "r.npy");
    expect(bad).toMatchObject({
      status: 3,
      err: expect.stringContaining('a.csv, line 3, column 1: there must be an integer. Received: "x"') as string,
    });
    const passed = await lookup("a.csv", "r.npy", "--skip-bad-lines", "--json");
    expect(JSON.parse(passed.out)).toMatchObject({ rows: 2, badLines: 3 });
    expect((await readNpy(at("r.npy"))).toArray()).toEqual([
      [1, 10],
      [4, 40],
    ]);
    expect((await lookup("a.csv", "-", "--column", "nowhere")).err).toContain("Received: --column nowhere; there are the columns id.");
  });
});

describe("ids of a .jsonl", () => {
  test("are numbers, arrays, or in objects with weights", async () => {
    writeFileSync(at("a.jsonl"), '1\n\n{"ids": 3}\n{"x": 0, "id": 5}\n');
    expect(await firsts("a.jsonl")).toEqual([1, 3, 5]);
    writeFileSync(at("b.jsonl"), '{"items": [1, 2], "by": [1, 0.5]}\n{"items": [], "by": []}\n{"items": [5], "by": [2]}\n');
    expect(await firsts("b.jsonl", "--column", "items", "--weights", "by", "--mode", "sum")).toEqual([2, 0, 10]);
    expect(await firsts("b.jsonl", "--column", "items", "--mode", "max")).toEqual([2, 0, 5]);
  });

  test.each([
    ["{nothing", "line 2, column 2: there must be JSON"],
    ['{"x": 1}', 'line 2, column 1: there must be an object with "ids". Received: one with x. Name what holds the ids with --column'],
    ["[1, 2.5]", "line 2, column 1: there must be an integer. Received: 2.5"],
    ["[1, [2]]", "line 2, column 1: there must be an integer. Received: [2]"],
    ["null", "line 2, column 1: there must be an integer. Received: null"],
  ])("%s is told with its place", async (line, message) => {
    writeFileSync(at("a.jsonl"), `[1]\n${line}\n`);
    const { status, err } = await lookup("a.jsonl", "r.npy", "--mode", "sum");
    expect({ status, err }).toEqual({ status: 3, err: expect.stringContaining(message) as string });
    expect(readdirSync(folder).sort()).toEqual(["a.jsonl", "t.txt"]);
  });

  test("weights that are not as many as the ids are told", async () => {
    writeFileSync(at("a.jsonl"), '{"ids": [1, 2], "w": [1]}\n');
    const { status, err } = await lookup("a.jsonl", "-", "--mode", "sum", "--weights", "w");
    expect({ status, err }).toEqual({
      status: 3,
      err: expect.stringContaining("a weight for each id. Received: 1 weight for 2 ids") as string,
    });
  });
});

describe("words", () => {
  test("get rows, and unknown ones what was asked for", async () => {
    writeFileSync(at("a.txt"), "w1\nkraken\nw3\n");
    expect(await lookup("a.txt", "-", "--words")).toMatchObject({
      status: 3,
      err: expect.stringContaining("Pass --unknown zero or --unknown unk") as string,
    });
    const zero = await lookup("a.txt", "r.npy", "--words", "--unknown", "zero");
    expect(zero).toMatchObject({ status: 0, err: "1 word is not in the table\n" });
    expect((await readNpy(at("r.npy"))).toArray()).toEqual([
      [1, 10],
      [0, 0],
      [3, 30],
    ]);
    writeFileSync(at("t.txt"), "2 1\n<unk> 7\nw1 1\n");
    await lookup("a.txt", "r.npy", "--words", "--unknown", "unk");
    expect((await readNpy(at("r.npy"))).toArray()).toEqual([[1], [7], [7]]);
    writeFileSync(at("t.txt"), "1 1\nw1 1\n");
    expect(await lookup("a.txt", "r.npy", "--words", "--unknown", "unk")).toMatchObject({
      status: 2,
      err: expect.stringContaining("needs a row for unknown words") as string,
    });
  });

  test("need a table that has some", async () => {
    writeFileSync(at("a.txt"), "w1\n");
    writeNpy(at("t.npy"), "<f4", [2, 1], Float32Array.of(1, 2));
    const { status, err } = await runProgram(["lookup", "--table", at("t.npy"), "--ids", at("a.txt"), "--words", "--out", "-"]);
    expect({ status, err }).toEqual({ status: 2, err: expect.stringContaining("--words needs a table with words") as string });
  });
});

describe("ids of a .npy", () => {
  test("make bags by their last axis, with weights and padding", async () => {
    writeNpy(at("a.npy"), "<i8", [2, 3], BigInt64Array.of(1n, 2n, 0n, 5n, 0n, 0n));
    writeNpy(at("w.npy"), "<f8", [2, 3], Float64Array.of(1, 0.5, 9, 2, 9, 9));
    expect(await firsts("a.npy", "--mode", "mean")).toEqual([1, 5 / 3].map(Math.fround));
    expect(await firsts("a.npy", "--mode", "mean", "--padding", "0")).toEqual([1.5, 5]);
    expect(await firsts("a.npy", "--mode", "sum", "--weights", at("w.npy"))).toEqual([2, 10]);
    writeNpy(at("w.npy"), "<f4", [3], new Float32Array(3));
    const wrong = await lookup("a.npy", "-", "--mode", "sum", "--weights", at("w.npy"));
    expect(wrong).toMatchObject({
      status: 3,
      err: expect.stringContaining("w.npy must have the shape of the ids, (2, 3). Received: shape (3)") as string,
    });
    writeNpy(at("flat.npy"), "<i4", [2], Int32Array.of(1, 2));
    expect((await lookup("flat.npy", "-", "--mode", "sum")).err).toContain("shape (vectors, ids), for --mode. Received: shape (2)");
  });

  test("lines of a text have weights in another text", async () => {
    writeFileSync(at("a.txt"), "1 2\n\n5\n");
    writeFileSync(at("w.txt"), "1, 0.5\n\n2\n");
    expect(await firsts("a.txt", "--mode", "sum", "--weights", at("w.txt"))).toEqual([2, 0, 10]);
    writeFileSync(at("w.txt"), "1 0.5\n");
    expect(await lookup("a.txt", "-", "--mode", "sum", "--weights", at("w.txt"))).toMatchObject({
      status: 3,
      err: expect.stringContaining("w.txt must have a line for each line of") as string,
    });
  });
});

describe("Parquet and Arrow", () => {
  test("integers, lists of them and words are read, group by group", async () => {
    writeParquet("a.parquet", [{ name: "id", data: [5n, 1n, 2n, 2n, 0n] }]);
    expect(await firsts("a.parquet")).toEqual([5, 1, 2, 2, 0]);
    writeParquet("b.parquet", [
      { name: "n", data: [1, 2, 3] },
      { name: "items", data: [[1, 2], [], [5]], type: "JSON" },
      { name: "term", data: ["w4", "w1", "w5"] },
    ]);
    expect(await firsts("b.parquet", "--words", "--column", "term")).toEqual([4, 1, 5]);
    expect((await lookup("b.parquet", "-")).err).toContain("has several columns: n, items, term. Choose one: --column n.");
    writeFileSync(at("a.arrow"), tableToIPC(tableFromArrays({ id: Int32Array.of(3, 1, 4) }), "file"));
    expect(await firsts("a.arrow")).toEqual([3, 1, 4]);
    const lists = vectorFromArray([[1, 2], [], [5]], new List(new Field("item", new Int32())));
    const table = new Table({ n: vectorFromArray([0, 0, 0], new Int32()), items: lists });
    writeFileSync(at("b.arrow"), tableToIPC(table, "stream"));
    expect(await firsts("b.arrow", "--column", "items", "--mode", "sum")).toEqual([3, 0, 5]);
  });

  test.each(["lz4", "zstd"])("Arrow that pyarrow packed with %s is read like any other", async (codec) => {
    const packed = fileURLToPath(new URL(`../../fixtures/ids-${codec}.arrow`, import.meta.url));
    writeFileSync(at("a.arrow"), readFileSync(packed));
    expect(await firsts("a.arrow")).toEqual(Array.from({ length: 40_000 }, (_, i) => Math.imul(i, 2654435761) >>> 30));
  });

  test("Arrow whose packed values are damaged is an error of that file", async () => {
    const bytes = readFileSync(fileURLToPath(new URL("../../fixtures/ids-lz4.arrow", import.meta.url)));
    const frame = bytes.indexOf(Uint8Array.of(0x04, 0x22, 0x4d, 0x18));
    writeFileSync(at("a.arrow"), bytes.fill(0xff, frame + 64, frame + 96));
    expect(await lookup("a.arrow", "-")).toMatchObject({
      status: 3,
      err: expect.stringMatching(/a\.arrow must be an Arrow file that can be read\. Received: .*LZ4 frame/) as string,
    });
  });

  test("null is a bad line, ids out of range have a row", async () => {
    writeParquet("a.parquet", [{ name: "id", data: [1, null, 9, 2, 9], type: "INT32", nullable: true }]);
    expect(await lookup("a.parquet", "r.npy")).toMatchObject({
      status: 3,
      err: expect.stringContaining("a.parquet, row 2, element 1: there must be an id. Received: null") as string,
    });
    expect(await lookup("a.parquet", "r.npy", "--skip-bad-lines")).toMatchObject({
      status: 4,
      err: expect.stringContaining("from 0 to 5. Received: 9 in row 3, element 1 (too large); 2 of 4 ids are invalid.") as string,
    });
    expect(await firsts("a.parquet", "--skip-bad-lines", "--quiet", "--invalid-ids", "clip")).toEqual([1, 5, 2, 5]);
  });

  test.each(["a.parquet", "a.arrow"])("another file called %s is an error of that file", async (name) => {
    writeFileSync(at(name), "not what its name says, but long enough to look into");
    const { status, err } = await lookup(name, "r.npy");
    expect(status).toBe(3);
    expect(err).toMatch(new RegExp(`^rowan: \\S+${name.replace(".", "\\.")} must be an? (Parquet|Arrow) file`));
  });

  test("vectors are written, and read again", async () => {
    writeFileSync(at("a.txt"), "5\n1\n2\n");
    expect((await lookup("a.txt", "r.parquet")).status).toBe(0);
    const file = await asyncBufferFromFile(at("r.parquet"));
    expect(await parquetReadObjects({ file })).toEqual([{ vector: [5, 50] }, { vector: [1, 10] }, { vector: [2, 20] }]);
    expect((await parquetMetadataAsync(file)).num_rows).toBe(3n);
    expect((await lookup("a.txt", "r.arrow")).status).toBe(0);
    const table = tableFromIPC(readFileSync(at("r.arrow")));
    expect(table.toArray().map((row) => [...(row as { vector: Iterable<number> }).vector])).toEqual([[5, 50], [1, 10], [2, 20]]); // prettier-ignore
  });
});

describe("the built program", () => {
  test("takes standard input, prints vectors, and says the rest on the other stream", () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [program, "lookup", "--table", "t.txt", "--words", "--unknown", "zero", "--mode", "sum", "--ids", "-", "--out", "-", "--json"],
      { cwd: folder, encoding: "utf8", input: "w1 w2\nkraken\n" },
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: "[3,30]\n[0,0]\n" });
    expect(JSON.parse(stderr)).toMatchObject({ out: "-", rows: 2, dim: 2, mode: "sum", unknownWords: 1, threads: 1, backend: "cpu" });
  });

  test("gives the same bytes whatever the threads and whoever chooses the backend", () => {
    writeFileSync(at("ids.txt"), Array.from({ length: 5000 }, (_, i) => (i * 7) % rows).join("\n"));
    const files = [
      ["--threads", "1"],
      ["--threads", "2"],
      ["--backend", "auto"],
    ].map((more, i) => {
      const { status } = rowan("lookup", "--table", "t.txt", "--ids", "ids.txt", "--out", `r${i}.npy`, "--quiet", ...more);
      expect(status).toBe(0);
      return readFileSync(at(`r${i}.npy`));
    });
    expect(files[1]).toEqual(files[0]);
    expect(files[2]).toEqual(files[0]);
  });

  test("reads and writes Parquet and Arrow", () => {
    writeParquet("a.parquet", [{ name: "id", data: [5, 1], type: "INT32" }]);
    expect(rowan("lookup", "--table", "t.txt", "--ids", "a.parquet", "--out", "r.arrow").out).toContain("r.arrow: 2 rows of 2 values");
    expect(rowan("lookup", "--table", "t.txt", "--ids", "a.parquet", "--out", "r.parquet").status).toBe(0);
    expect(tableFromIPC(readFileSync(at("r.arrow"))).numRows).toBe(2);
  });
});
