import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readNpy } from "@rowan/serialize";
import { beforeEach, expect, test } from "vitest";
import { makeFolder, runProgram } from "../testing.ts";
import type { Run } from "../testing.ts";

let folder = "";
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = makeFolder();
  writeFileSync(at("v.txt"), "3 2\nwhale 1 2\nship 3 4\nsea 5 9\n");
});

async function lookup(lines: string, ...more: string[]): Promise<Run> {
  writeFileSync(at("ids.txt"), lines);
  return runProgram(["lookup", "--checkpoint", at("v.txt"), "--ids", at("ids.txt"), "--batch", "2", ...more]);
}

const rows = (text: string): number[][] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as number[]);

test("ids a line, to .npy, .jsonl and standard output", async () => {
  const wanted = [2, 0, 0].map((id) => (id === 2 ? [5, 9] : [1, 2]));
  expect(rows((await lookup("2\n0\n0\n", "--out", "-")).out)).toEqual(wanted);
  expect((await lookup("2\n0\n\n0\n", "--out", at("r.npy"))).out).toContain("3 rows of 2 values");
  expect((await readNpy(at("r.npy"))).toArray()).toEqual(wanted);
  expect((await lookup("2\r\n0\r\n0", "--out", at("r.jsonl"))).status).toBe(0);
  expect(rows(readFileSync(at("r.jsonl"), "utf8"))).toEqual(wanted);
  expect(readdirSync(folder).sort()).toEqual(["ids.txt", "r.jsonl", "r.npy", "v.txt"]);
});

test("bags of ids or words, in the usual ways to write them, and empty ones", async () => {
  expect(rows((await lookup('0 1\n1,2\n[2, 2, 0]\n[]\n"0"\n', "--mode", "sum", "--out", "-")).out)).toEqual([
    [4, 6],
    [8, 13],
    [11, 20],
    [0, 0],
    [1, 2],
  ]);
  expect(rows((await lookup('whale ship\n["sea"]\n', "--words", "--mode", "mean", "--out", "-")).out)).toEqual([
    [2, 3],
    [5, 9],
  ]);
});

test("bad lines and ids out of range are named with their line, and nothing is written", async () => {
  const bad = await lookup("1\nx\n2\n", "--out", at("r.jsonl"));
  expect(bad).toMatchObject({
    status: 3,
    err: expect.stringContaining('ids.txt, line 2, column 1: there must be an integer. Received: "x"') as string,
  });
  const far = await lookup("1\n2\n99999999999\n", "--out", at("r.jsonl"));
  expect(far).toMatchObject({
    status: 4,
    err: expect.stringContaining("from 0 to 2. Received: 99999999999 in line 3, column 1 (too large)") as string,
  });
  const beyond = await lookup("99999999999999999999\n", "--out", "-");
  expect(beyond.err).toContain("Received: 99999999999999999999 in line 1, column 1 (too large)");
  const several = await lookup("1 2\n", "--out", "-");
  expect(several).toMatchObject({ status: 3, err: expect.stringContaining("Pass --mode mean") as string });
  const unknown = await lookup("kraken\n", "--words", "--out", "-");
  expect(unknown).toMatchObject({ status: 3, err: expect.stringContaining('a word of the table. Received: "kraken"') as string });
  expect(readdirSync(folder).sort()).toEqual(["ids.txt", "v.txt"]);
  const passed = await lookup("1\nx\n2\n", "--skip-bad-lines", "--out", at("r.npy"));
  expect(passed).toMatchObject({ status: 0, err: expect.stringContaining("1 bad line was passed over, the first: ") as string });
  expect((await readNpy(at("r.npy"))).shape).toEqual([2, 2]);
  expect(rows((await lookup("-1\n", "--invalid-ids", "zero", "--out", "-")).out)).toEqual([[0, 0]]);
});

test("what cannot be together is wrong usage", async () => {
  expect((await lookup("1\n", "--out", at("r.csv"))).err).toContain("--out must end with .npy, .jsonl, .parquet or .arrow, or be -");
  expect((await lookup("1\n", "--table", "x.npy", "--out", "-")).err).toContain("cannot be used together");
  const args = ["lookup", "--table", at("v.txt"), "--ids", at("v.txt"), "--weights", "w.txt", "--out", "r.npy"];
  expect(await runProgram(args)).toMatchObject({ status: 2, err: expect.stringContaining("--weights needs --mode") as string });
});
