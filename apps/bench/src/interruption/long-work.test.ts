import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readdirSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { LambdaCallback, TextVectorization } from "@rowan/api";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { makeFolder, runProgram, writeNpy } from "../testing.ts";

const program = fileURLToPath(new URL("../../dist/rowan.js", import.meta.url));

let folder = "";
let scratch = "";
const at = (name: string): string => join(folder, name);
const given = ["c.json", "empty.fifo", "fed.fifo", "t.npy"];
let child: ChildProcess | undefined;

beforeAll(() => {
  folder = makeFolder();
  scratch = makeFolder();
  const [rows, dim] = [40_000, 50];
  writeNpy(
    at("t.npy"),
    "<f4",
    [rows, dim],
    Float32Array.from({ length: rows * dim }, (_, i) => Math.sin(i * 1.7) + Math.cos(i * i)),
  );
  const loss = Array.from({ length: 400_000 }, (_, i) => Math.sin(i));
  writeFileSync(at("c.json"), JSON.stringify({ rowan: "curve", curve: { loss } }));
  execFileSync("mkfifo", [at("fed.fifo"), at("empty.fifo")]);
});

afterEach(() => {
  child?.kill("SIGKILL");
});

/** How the built program ends when it is interrupted while it does what `busy` waits for. */
async function interrupt(
  args: readonly string[],
  busy: (running: ChildProcess) => Promise<unknown>,
  by: NodeJS.Signals = "SIGINT",
): Promise<{ status: number | null; signal: string | null; err: string }> {
  const running = (child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: { ...process.env, TMPDIR: scratch },
    stdio: ["ignore", "pipe", "pipe"],
  }));
  let err = "";
  running.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  running.stdout.resume();
  const closed = once(running, "close");
  await busy(running);
  running.kill(by);
  const [status, signal] = (await closed) as [number | null, string | null];
  return { status, signal, err };
}

const interrupted = { status: 130, signal: null, err: "rowan: interrupted; nothing was written\n" };

const untilThere =
  (name: string, place = folder) =>
  async (): Promise<void> => {
    while (!readdirSync(place, { recursive: true }).some((path) => String(path).includes(name))) await sleep(5);
  };

/** The program has started and read its table long before, on a busy machine too; what comes then takes minutes, or waits for ever. */
const forSomeTime = (): Promise<void> => sleep(2500);

describe("Ctrl-C ends", { timeout: 60_000 }, () => {
  test("a lookup whose ids come from a pipe that does not end", async () => {
    // Whoever opens it for both waits for nobody.
    const pipe = openSync(at("fed.fifo"), "r+");
    writeSync(pipe, "1\n2\n3\n");
    const args = ["lookup", "--table", "t.npy", "--ids", "fed.fifo", "--batch", "1", "--out", "r.npy"];
    expect(await interrupt(args, untilThere("r.npy.part"))).toEqual(interrupted);
    closeSync(pipe);
    expect(readdirSync(folder).sort()).toEqual(given);
  });

  test("a lookup whose pipe of ids nobody writes to, and a training with such a text", async () => {
    const args = ["lookup", "--table", "t.npy", "--ids", "empty.fifo", "--out", "r.npy"];
    expect(await interrupt(args, untilThere("r.npy.part"))).toEqual(interrupted);
    const words = ["train", "--text", "empty.fifo", "--objective", "cbow", "--out", "v.rowan"];
    expect(await interrupt(words, forSomeTime)).toEqual(interrupted);
    const labels = ["train", "--text", "empty.fifo", "--label", "label", "--out", "v.rowan"];
    expect(await interrupt(labels, forSomeTime)).toEqual(interrupted);
    const table = ["inspect", "empty.fifo"];
    expect(await interrupt(table, forSomeTime)).toEqual(interrupted);
    expect(readdirSync(folder).sort()).toEqual(given);
  });

  test.each(
    (
      [
        ["in the middle of UMAP, whose library lets nobody else have a turn", "t.npy", "--rows", "40000", "--method", "umap"],
        ["of many points, whose libraries do not either", "t.npy", "--rows", "40000"],
        ["of a long curve", "c.json"],
      ] as const
    ).flatMap(([what, ...args]) => (["SIGINT", "SIGTERM"] as const).map((by) => [what, by, args] as const)),
  )("a plot %s, and so does %s", async (_, by, args) => {
    expect(await interrupt(["plot", ...args, "--out", "p.png"], forSomeTime, by)).toEqual(interrupted);
    expect(readdirSync(folder).sort()).toEqual(given);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("a benchmark that fills a table, and so does %s", async (by) => {
    // The folder is there before the table.
    const args = ["bench", "lookup", "--against", "js", "--json", "b.json"];
    expect(await interrupt(args, () => untilThere("rowan-bench", scratch)().then(() => sleep(250)), by)).toEqual(interrupted);
    expect(readdirSync(scratch)).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(given);
  });

  test("a benchmark, whose folder is gone then", async () => {
    const args = ["bench", "lookup", "--against", "js", "--json", "b.json"];
    expect(await interrupt(args, () => untilThere("table.f32", scratch)().then(forSomeTime))).toEqual(interrupted);
    expect(readdirSync(scratch)).toEqual([]);
    const batch = ["bench", "batch", "--rows", "1000", "--dim", "256", "--ids", "2000000", "--folder", scratch, "--json", "b.json"];
    expect(await interrupt(batch, untilThere("rows.npy", scratch))).toEqual(interrupted);
    expect(readdirSync(scratch)).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(given);
  });

  test("the search for nearest pairs", async () => {
    expect(await interrupt(["inspect", "t.npy", "--statistics"], forSomeTime)).toEqual(interrupted);
  });

  test("at once what is asked twice, and soon what cannot end in order; what is half written goes with it", async () => {
    mkdirSync(at("more"));
    writeFileSync(at("more/ids.txt"), "1\n".repeat(100));
    const loss = Array.from({ length: 400_000 }, (_, i) => Math.sin(i));
    writeFileSync(at("c.json"), JSON.stringify({ rowan: "curve", curve: { loss } }));
    execFileSync("mkfifo", [at("more/out.jsonl")]);
    // The system holds a thread until somebody reads.
    const args = ["lookup", "--table", "t.npy", "--ids", "more/ids.txt", "--out", "more/out.jsonl"];
    const ended = { status: null, signal: "SIGINT", err: "rowan: interrupted\n" };
    expect(await interrupt(args, forSomeTime)).toEqual(ended);
    const twice = interrupt(args, () =>
      forSomeTime()
        .then(() => child?.kill("SIGINT"))
        .then(() => sleep(100)),
    );
    expect(await twice).toEqual(ended);
    expect(readdirSync(at("more")).sort()).toEqual(["ids.txt", "out.jsonl"]);
  });
});

test("a classifier's training ends while it learns its words", async () => {
  const path = join(scratch, "t.csv");
  writeFileSync(path, `text,label\n${Array.from({ length: 5000 }, (_, i) => `word${i} and more,${i % 2}`).join("\n")}\n`);
  const stop = new AbortController();
  const learn = vi.spyOn(TextVectorization.prototype, "updateState").mockImplementation(() => stop.abort());
  const run = await runProgram(["train", "--text", path, "--label", "label", "--out", join(scratch, "c.rowan")], stop.signal);
  expect(run).toEqual({ status: 130, out: "", err: "rowan: interrupted; nothing was written\n" });
  expect(learn).toHaveBeenCalledTimes(1);
  expect(readdirSync(scratch)).toEqual(["t.csv"]);
});

test("a classifier's training ends between two batches of a validation", async () => {
  const place = makeFolder();
  const path = join(place, "t.csv");
  writeFileSync(path, `text,label\n${Array.from({ length: 1000 }, (_, i) => `word${i % 7} and more,${i % 2}`).join("\n")}\n`);
  const stop = new AbortController();
  const original = Reflect.get(LambdaCallback.prototype, "onTestBatchEnd") as (this: LambdaCallback, ...args: unknown[]) => Promise<void>;
  const validated = vi.spyOn(LambdaCallback.prototype, "onTestBatchEnd").mockImplementation(async function (this: LambdaCallback, ...args) {
    stop.abort();
    await original.apply(this, args);
  });
  const args = ["train", "--text", path, "--label", "label", "--validation", "0.5", "--out", join(place, "c.rowan"), "--quiet"];
  const run = await runProgram(args, stop.signal);
  expect(run).toEqual({ status: 130, out: "", err: "rowan: interrupted; nothing was written\n" });
  expect(validated).toHaveBeenCalledTimes(1);
  expect(readdirSync(place)).toEqual(["t.csv"]);
  validated.mockRestore();
});
