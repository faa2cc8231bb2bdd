import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeFolder, runProgram } from "../testing.ts";

const program = fileURLToPath(new URL("../../dist/rowan.js", import.meta.url));

let folder = "";
const at = (name: string): string => join(folder, name);
const given = (): string[] => ["ids.txt", "old", "t.txt", "texts.txt"];

beforeAll(async () => {
  folder = makeFolder();
  const rows = 40_000;
  const words = createWriteStream(at("t.txt"));
  words.write(`${rows} 50\n`);
  for (let i = 0; i < rows; i++) words.write(`w${i} ${Array.from({ length: 50 }, (_, j) => ((i * 50 + j) % 1000) / 7).join(" ")}\n`);
  words.end();
  await once(words, "close");
  writeFileSync(at("texts.txt"), Array.from({ length: 200_000 }, (_, i) => `w${i % rows} w${(i * 7) % rows}`).join("\n"));
  writeFileSync(at("ids.txt"), Array.from({ length: 300_000 }, (_, i) => i % rows).join("\n"));
  writeFileSync(at("old"), "what was there before");
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Starts the built program and interrupts it when something appears beside the files that are there. */
async function interrupt(args: readonly string[], signal: NodeJS.Signals = "SIGINT"): Promise<{ status: number | null; err: string }> {
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const closed = once(child, "close");
  while (readdirSync(folder).length === given().length && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2));
  child.kill(signal);
  const [status] = (await closed) as [number | null];
  return { status, err };
}

describe.each([
  [
    "lookup",
    ["lookup", "--table", "t.txt", "--ids", "ids.txt", "--batch", "16", "--quiet", "--out"],
    ["r.npy", "r.jsonl", "r.parquet", "r.arrow"],
  ],
  ["encode", ["encode", "t.txt", "--in", "texts.txt", "--quiet", "--out"], ["r.npy", "r.jsonl", "r.parquet"]],
  ["convert", ["convert", "t.txt"], ["r.vec", "r.txt.gz", "r.npz", "r.rowan"]],
] as const)("rowan %s", (_, args, outs) => {
  test.each(outs)("interrupted while it writes %s, leaves no trace", async (out) => {
    const { status, err } = await interrupt([...args, out]);
    expect({ status, err }).toEqual({ status: 130, err: "rowan: interrupted; nothing was written\n" });
    expect(readdirSync(folder).sort()).toEqual(given());
  });
});

test("SIGTERM ends it the same way", async () => {
  expect(await interrupt(["convert", "t.txt", "r.vec"], "SIGTERM")).toMatchObject({ status: 130 });
  expect(readdirSync(folder).sort()).toEqual(given());
});

test("encode and lookup wait for standard input no longer than they are let", async () => {
  for (const args of [
    ["encode", "t.txt", "--out", "r.npy"],
    ["lookup", "--table", "t.txt", "--ids", "-", "--out", "r.npy"],
  ]) {
    const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: ["pipe", "ignore", "ignore"] });
    while (readdirSync(folder).length === given().length && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2));
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([130, null]);
    expect(readdirSync(folder).sort()).toEqual(given());
  }
});

test.each([
  [["inspect", "t.txt"]],
  [["inspect", "t.txt", "--statistics"]],
  [["neighbours", "t.txt", "--id", "1"]],
  [["convert", "t.txt", "r.vec"]],
  [["encode", "t.txt", "--text", "x", "--out", "r.npy"]],
  [["lookup", "--table", "t.txt", "--ids", "ids.txt", "--out", "r.npy"]],
  [["doctor"]],
])("%j reads no longer than it is let", async (args) => {
  const interrupt = new AbortController();
  const run = runProgram(
    args.map((arg) => (given().includes(arg) || arg.startsWith("r.") ? at(arg) : arg)),
    interrupt.signal,
  );
  interrupt.abort();
  expect(await run).toEqual({ status: 130, out: "", err: "rowan: interrupted; nothing was written\n" });
  expect(readdirSync(folder).sort()).toEqual(given());
});

test("what the built program converts is what it read, and it says so as JSON", () => {
  const call = (...args: string[]): string => spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: "utf8" }).stdout;
  expect(JSON.parse(call("convert", "t.txt", "r.rowan", "--json"))).toMatchObject({
    format: "word2vec",
    to: "r.rowan",
    rows: 40_000,
    dim: 50,
    words: true,
    badLines: 0,
  });
  expect(JSON.parse(call("convert", "r.rowan", "again.txt", "--json"))).toMatchObject({ format: "rowan", rows: 40_000 });
  expect(JSON.parse(call("inspect", "again.txt", "--json"))).toMatchObject({ rows: 40_000, dim: 50, words: 40_000 });
  expect(readFileSync(at("again.txt"), "utf8").split("\n", 2)[0]).toBe("40000 50");
  for (const name of ["r.rowan", "again.txt"]) rmSync(at(name));
});
