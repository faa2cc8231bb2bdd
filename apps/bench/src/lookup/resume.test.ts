import { execFileSync, spawn, spawnSync } from "node:child_process";
import type { SpawnSyncReturns } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeFolder, runProgram, writeNpy } from "../testing.ts";
import type { Run } from "../testing.ts";
import { JobState } from "./resume.ts";

const program = fileURLToPath(new URL("../../dist/rowan.js", import.meta.url));
const count = 300_000;

let folder = "";
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = makeFolder();
  writeNpy(
    at("t.npy"),
    "<f4",
    [100, 8],
    Float32Array.from({ length: 800 }, (_, i) => i / 7),
  );
  const ids = Int32Array.from({ length: count }, (_, i) => (i * 31) % 100);
  writeNpy(at("ids.npy"), "<i4", [count], ids);
  writeFileSync(at("ids.txt"), [...ids.subarray(0, 100_000)].map((id, i) => (i % 1000 === 7 ? "bad" : `${id}`)).join("\n"));
});

afterEach(() => rmSync(folder, { recursive: true }));

function args(ids: string, out: string, ...more: string[]): string[] {
  return ["lookup", "--table", at("t.npy"), "--ids", at(ids), "--out", at(out), "--batch", "64", ...more];
}

/** Interrupts the program as soon as so many bytes are there. */
async function interruptAt(bytes: number, out: string, given: readonly string[]): Promise<Run> {
  const interrupt = new AbortController();
  const timer = setInterval(() => {
    if ((statSync(at(`${out}.part`), { throwIfNoEntry: false })?.size ?? 0) >= bytes) interrupt.abort();
  }, 1);
  return runProgram(given, interrupt.signal).finally(() => clearInterval(timer));
}

describe.each([
  ["ids.npy", "npy", []],
  ["ids.npy", "parquet", []],
  ["ids.npy", "arrow", []],
  ["ids.txt", "npy", ["--skip-bad-lines"]],
  ["ids.txt", "jsonl", ["--skip-bad-lines"]],
] as const)("%s to .%s", (ids, ending, more) => {
  test("interrupted and gone on with, it is the same file byte for byte", async () => {
    const [whole, out] = [`whole.${ending}`, `r.${ending}`];
    const straight = await runProgram(args(ids, whole, "--json", ...more));
    expect(straight.status).toBe(0);
    const given = args(ids, out, "--resume", "--json", ...more);
    const broken = await interruptAt(30_000, out, given);
    expect(broken).toMatchObject({
      status: 130,
      err: expect.stringContaining("rows; the same command with --resume goes on from there") as string,
    });
    expect(readdirSync(folder).sort()).toEqual(["ids.npy", "ids.txt", `${out}.part`, `${out}.resume`, "t.npy", whole].sort());
    // What was on its way when the machine went down is not trusted.
    appendFileSync(at(`${out}.part`), "half a row");
    const { status, out: report } = await runProgram(given);
    expect(status).toBe(0);
    const [resumed, first] = [report, straight.out].map(
      (text) => JSON.parse(text) as { rows: number; resumedFrom: number; badLines: number },
    );
    expect(resumed?.resumedFrom).toBeGreaterThan(0);
    expect(resumed).toMatchObject({ rows: first?.rows, badLines: first?.badLines });
    expect(readFileSync(at(out)).equals(readFileSync(at(whole)))).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(["ids.npy", "ids.txt", out, "t.npy", whole].sort());
  });
});

test("another job is not gone on with", async () => {
  await interruptAt(10_000, "r.npy", args("ids.npy", "r.npy", "--resume"));
  const other = await runProgram([...args("ids.npy", "r.npy", "--resume"), "--invalid-ids", "zero"]);
  expect(other).toMatchObject({ status: 3, err: expect.stringContaining("Received: others for --invalid-ids") as string });
  utimesSync(at("ids.npy"), 1, 1);
  expect((await runProgram(args("ids.npy", "r.npy", "--resume"))).err).toContain("Received: others for --ids");
  expect(existsSync(at("r.npy.resume"))).toBe(true);
  // Without --resume it begins anew, and what was left is gone.
  expect((await runProgram(args("ids.npy", "r.npy"))).status).toBe(0);
  expect(readdirSync(folder).sort()).toEqual(["ids.npy", "ids.txt", "r.npy", "t.npy"]);
});

test("what was left is looked at before it is trusted", async () => {
  await interruptAt(10_000, "r.npy", args("ids.npy", "r.npy", "--resume"));
  const part = readFileSync(at("r.npy.part"));
  writeFileSync(
    at("r.npy.part"),
    part.map((byte, i) => (i === part.length - 100 ? byte ^ 1 : byte)),
  );
  expect(await runProgram(args("ids.npy", "r.npy", "--resume"))).toMatchObject({
    status: 3,
    err: expect.stringMatching(/r\.npy\.part must be as the run that wrote .* left it\. .* Remove both to begin anew/) as string,
  });
  writeFileSync(at("r.npy.part"), "short");
  expect(await runProgram(args("ids.npy", "r.npy", "--resume"))).toMatchObject({
    status: 3,
    err: expect.stringContaining("Remove both to begin anew") as string,
  });
  writeFileSync(at("r.npy.resume"), "{}");
  expect(await runProgram(args("ids.npy", "r.npy", "--resume"))).toMatchObject({
    status: 3,
    err: expect.stringContaining("must be what an earlier run left") as string,
  });
});

test("the room of a state is there before it, and becomes it: a full disk has no other", async () => {
  const state = new JobState(at("r.npy"), {});
  await state.makeRoom();
  const room = statSync(at("r.npy.resume.new"));
  expect(room.blocks * 512).toBeGreaterThanOrEqual(1 << 20);
  writeFileSync(at("r.npy.part"), "some rows");
  await state.save({ rows: 1, bytes: 4 });
  expect(statSync(at("r.npy.resume")).ino).toBe(room.ino);
  expect(existsSync(at("r.npy.resume.new"))).toBe(true);
  await state.close();
  expect(existsSync(at("r.npy.resume.new"))).toBe(false);
  expect(await state.load()).toEqual({ rows: 1, bytes: 4 });
});

test.skipIf(process.platform === "win32")("a pipe cannot be gone on with", async () => {
  execFileSync("mkfifo", [at("p.jsonl")]);
  const { status, err } = await runProgram(args("ids.npy", "p.jsonl", "--resume"));
  expect({ status, err }).toEqual({
    status: 2,
    err: expect.stringMatching(/--resume needs files\. Received: --out \S+, which is none/) as string,
  });
});

test("standard input and output cannot be gone on with", async () => {
  expect(await runProgram(["lookup", "--table", at("t.npy"), "--ids", "-", "--out", at("r.npy"), "--resume"])).toMatchObject({ status: 2 });
  expect(await runProgram(["lookup", "--table", at("t.npy"), "--ids", at("ids.npy"), "--out", "-", "--resume"])).toMatchObject({
    status: 2,
  });
});

describe("the built program", () => {
  test("is interrupted and goes on, to the same bytes", async () => {
    expect(spawnSync(process.execPath, [program, ...args("ids.npy", "whole.npy", "--quiet")]).status).toBe(0);
    const child = spawn(process.execPath, [program, ...args("ids.npy", "r.npy", "--resume")], { stdio: "ignore" });
    const ended = once(child, "exit");
    while (!existsSync(at("r.npy.part")) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2));
    child.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
    expect(existsSync(at("r.npy"))).toBe(false);
    expect(spawnSync(process.execPath, [program, ...args("ids.npy", "r.npy", "--resume")]).status).toBe(0);
    expect(readFileSync(at("r.npy")).equals(readFileSync(at("whole.npy")))).toBe(true);
  });

  test.skipIf(process.platform === "win32")("leaves nothing where the file may not grow any more", () => {
    // The shell's limit stands in for a full disk; the program gets an error in place of a signal.
    const call = [process.execPath, program, ...args("ids.npy", "r.npy")].map((word) => `"${word}"`).join(" ");
    const { status, stderr } = spawnSync("bash", ["-c", `trap "" XFSZ; ulimit -f 64; ${call}`], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({
      status: 5,
      stderr: expect.stringMatching(/^rowan: \S+r\.npy cannot be written: [^\n]+\n$/) as string,
    });
    expect(readdirSync(folder).sort()).toEqual(["ids.npy", "ids.txt", "t.npy"]);
  });

  test.skipIf(process.platform === "win32").each(["npy", "jsonl", "parquet", "arrow"])(
    "that --resume was told to keep what fits goes on with a .%s that could not grow, to the same bytes",
    (ending) => {
      const [whole, out] = [`whole.${ending}`, `r.${ending}`];
      const run = (limit: string, name: string, ...more: string[]): SpawnSyncReturns<string> => {
        const words = [process.execPath, program, ...args("ids.npy", name, "--batch", "4096", "--quiet", ...more)];
        return spawnSync("bash", ["-c", `trap "" XFSZ; ulimit -f ${limit}; ${words.map((word) => `"${word}"`).join(" ")}`], {
          encoding: "utf8",
        });
      };
      expect(run("unlimited", whole).status).toBe(0);
      // Blocks of 1024 bytes: some hundred thousand rows, well before the first ten seconds are over.
      const { status, stderr } = run("4000", out, "--resume");
      expect({ status, stderr }).toEqual({
        status: 5,
        stderr: expect.stringMatching(
          /^rowan: \S+ cannot be written: [^\n]+ [\d,]+ rows are kept: the same command with --resume goes on from there\.\n$/,
        ) as string,
      });
      expect(readdirSync(folder).sort()).toEqual(["ids.npy", "ids.txt", `${out}.part`, `${out}.resume`, "t.npy", whole].sort());
      expect(run("unlimited", out, "--resume").status).toBe(0);
      expect(readFileSync(at(out)).equals(readFileSync(at(whole)))).toBe(true);
      expect(readdirSync(folder).sort()).toEqual(["ids.npy", "ids.txt", out, "t.npy", whole].sort());
    },
  );
});
