import { execFile } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { EmbeddingTable } from "@rowan/api";
import { readNpy } from "@rowan/serialize";
import { beforeEach, describe, expect, test } from "vitest";
import { countPairRows, findPairs } from "./inspect/table-statistics.ts";
import { makeFolder, runProgram } from "./testing.ts";

const program = fileURLToPath(new URL("../dist/rowan.js", import.meta.url));
const run = promisify(execFile);

let folder = "";
const at = (name: string): string => join(folder, name);

/** Sentences of two topics: words of one never stand beside those of the other. */
function writeCorpus(): string {
  const topics = ["whale ship sea sail captain", "law tax vote senate treaty"].map((topic) => topic.split(" "));
  const lines = Array.from({ length: 600 }, (_, i) => {
    const topic = topics[i % 2] as string[];
    return Array.from({ length: 6 }, (_unused, j) => topic[(i * 7 + j * j * 3 + i * j) % 5]).join(" ");
  });
  writeFileSync(at("corpus.txt"), `${lines.join("\n")}\n`);
  return at("corpus.txt");
}

async function trainWords(...more: string[]): Promise<string> {
  const args = ["train", "--text", writeCorpus(), "--objective", "skipgram", "--vector-size", "12", "--sample", "0", "--epochs", "8"];
  const { status, err } = await runProgram([...args, "--out", at("vectors.rowan"), ...more]);
  expect({ status, err }).toEqual({ status: 0, err: "" });
  return at("vectors.rowan");
}

beforeEach(() => {
  folder = makeFolder();
});

describe("word vectors", () => {
  test("the built program trains, inspects, finds neighbours, converts and encodes", async () => {
    const text = writeCorpus();
    const call = async (...args: string[]): Promise<string> => (await run(process.execPath, [program, ...args], { cwd: folder })).stdout;
    const trained = await call(
      "train",
      "--text",
      text,
      "--objective",
      "skipgram",
      "--vector-size",
      "12",
      "--sample",
      "0",
      "--out",
      "v.rowan",
    );
    expect(trained).toMatch(/epoch 5\/5 {2}loss 0\.\d{4}/);
    expect(trained).toContain("v.rowan: 10 words of 3,600 in the text, 12 values each");
    expect(await call("inspect", "v.rowan")).toMatch(/a table, 480 bytes in 1 tensor\n[\s\S]*\(10, 12\)[\s\S]*trainedBy: rowan train/);
    const near = JSON.parse(await call("neighbours", "v.rowan", "--word", "whale", "-k", "4", "--json")) as {
      neighbours: { word: string }[];
    };
    expect(near.neighbours.map(({ word }) => word).sort()).toEqual(["captain", "sail", "sea", "ship"]);
    expect(await call("convert", "v.rowan", "v.txt")).toContain("10 rows of 12 values with their words");
    expect(readFileSync(at("v.txt"), "utf8")).toMatch(/^10 12\n/);
    const lines = (await call("encode", "v.txt", "--text", "Whale, SHIP", "nothing here")).trimEnd().split("\n");
    const [first, second] = lines.map((line) => JSON.parse(line) as { text: string; vector: number[] });
    expect(first?.vector).toHaveLength(12);
    expect(second?.vector).toEqual(new Array(12).fill(0));
    expect(readdirSync(folder).sort()).toEqual(["corpus.txt", "v.rowan", "v.txt"]);
  });

  test("the same seed gives the same file, and a training that was broken off ends there too", async () => {
    const first = readFileSync(await trainWords("--epochs", "40"));
    const interrupt = new AbortController();
    const timer = setInterval(() => {
      if (existsSync(at("vectors.rowan.state"))) interrupt.abort();
    }, 1);
    rmSync(at("vectors.rowan"));
    const args = ["train", "--text", at("corpus.txt"), "--objective", "skipgram", "--vector-size", "12", "--sample", "0", "--epochs", "40"];
    const broken = await runProgram([...args, "--out", at("vectors.rowan"), "--resume"], interrupt.signal).finally(() =>
      clearInterval(timer),
    );
    expect(broken).toMatchObject({ status: 130 });
    expect(existsSync(at("vectors.rowan"))).toBe(false);
    expect(await runProgram([...args, "--out", at("vectors.rowan"), "--resume", "--window", "2"])).toMatchObject({
      status: 3,
      err: expect.stringContaining("the same text and options") as string,
    });
    const { status, out } = await runProgram([...args, "--out", at("vectors.rowan"), "--resume"]);
    expect(status).toBe(0);
    expect(out).not.toContain("epoch 1/40");
    expect(readFileSync(at("vectors.rowan"))).toEqual(first);
    expect(existsSync(at("vectors.rowan.state"))).toBe(false);
    expect(readFileSync(await trainWords("--epochs", "40", "--seed", "2"))).not.toEqual(first);
  });

  test("the losses are drawn, or written for rowan plot", async () => {
    await trainWords("--curve", at("curve.svg"));
    expect(readFileSync(at("curve.svg"), "utf8")).toMatch(/^<svg[\s\S]*>loss</);
    await trainWords("--curve", at("curve.json"));
    const { curve } = JSON.parse(readFileSync(at("curve.json"), "utf8")) as { curve: { loss: number[] } };
    expect(curve.loss).toHaveLength(8);
    expect(curve.loss[7]).toBeLessThan(curve.loss[0] as number);
    expect((await runProgram(["plot", at("curve.json"), "--out", at("curve.png")])).out).toContain("loss over 8 epochs");
    const args = ["train", "--text", at("corpus.txt"), "--objective", "cbow", "--out", at("w.rowan"), "--curve", at("curve.gif")];
    expect(await runProgram(args)).toMatchObject({ status: 2, err: expect.stringContaining("--curve must end with .json") as string });
  });

  test("Ctrl-C leaves nothing behind", async () => {
    const interrupt = new AbortController();
    interrupt.abort();
    const args = ["train", "--text", writeCorpus(), "--objective", "cbow", "--out", at("v.rowan")];
    expect(await runProgram(args, interrupt.signal)).toMatchObject({ status: 130 });
    expect(readdirSync(folder)).toEqual(["corpus.txt"]);
  });

  test("encode writes one row a line, and counts words that it does not know", async () => {
    const vectors = await trainWords();
    writeFileSync(at("texts.txt"), "whale ship\n\nsenate unheard of\n");
    const { status, err } = await runProgram(["encode", vectors, "--in", at("texts.txt"), "--out", at("texts.npy")]);
    expect({ status, err }).toEqual({ status: 0, err: "2 words are not in the table: passed over\n" });
    expect((await readNpy(at("texts.npy"))).shape).toEqual([3, 12]);
    const strict = await runProgram(["encode", vectors, "--in", at("texts.txt"), "--unknown", "throw"]);
    expect(strict).toMatchObject({
      status: 3,
      err: expect.stringContaining('texts.txt, line 3, column 8: there must be a word of the table. Received: "unheard"') as string,
    });
  });

  test("statistics tell rows of zeros and the nearest pairs", async () => {
    writeFileSync(at("v.txt"), "4 2\na 1 0\nb 2 0.1\nzero 0 0\nc -1 3\n");
    const { out } = await runProgram(["inspect", at("v.txt"), "--statistics", "--json"]);
    const { statistics, words } = JSON.parse(out) as {
      words: number;
      statistics: { zeroRows: number; nearestPairs: { a: number; b: number }[] };
    };
    expect({ words, zeroRows: statistics.zeroRows }).toEqual({ words: 4, zeroRows: 1 });
    expect(statistics.nearestPairs[0]).toMatchObject({ a: 0, b: 1 });
    expect((await runProgram(["inspect", at("v.txt"), "--statistics"])).out).toContain(
      "dead rows, of zeros alone: 1; rows that are not finite: 0",
    );
  });

  test("nearest pairs are looked for among all rows, also the last ones; among rows evenly spread where that would take long", async () => {
    const line = (i: number): string =>
      `w${i} ${Array.from({ length: 8 }, (_, j) => ((Math.imul(i * 8 + j + 1, 2654435761) >>> 0) % 1999) - 999).join(" ")}`;
    const rows = 3000;
    writeFileSync(
      at("v.txt"),
      `${rows} 8\n${Array.from({ length: rows }, (_, i) => line(i)).join("\n")}\n`.replace(
        /w2999 .*/,
        line(2998).replace("w2998", "w2999"),
      ),
    );
    const { out } = await runProgram(["inspect", at("v.txt"), "--statistics"]);
    expect(out).toMatch(/^w2998 +w2999 +1\.0000$/m);
    expect(out).not.toContain("evenly spread");
    expect(countPairRows(100_000, 100)).toBe(5000);
    expect(countPairRows(2 ** 31, 300)).toBe(1);
    const asked: number[] = [];
    const large = {
      inputDim: 10 ** 9,
      outputDim: 4,
      mostSimilarBatch: (ids: number[]) => Promise.resolve(ids.map((id) => (asked.push(id), []))),
    } as unknown as EmbeddingTable;
    await findPairs(large, 4, () => Promise.resolve());
    expect(asked).toEqual([0, 2.5e8, 5e8, 7.5e8]);
  });

  test.each([
    [["neighbours", "V", "--word", "Whale"], 2, 'It has "whale"'],
    [["neighbours", "V", "--word", "kraken"], 2, "which is not among its 10 words"],
    [["neighbours", "V"], 2, "one of --word and --id is needed"],
    [["neighbours", "V", "--id", "10"], 4, "which has rows 0 to 9. Received: --id 10."],
    [["neighbours", "nowhere.rowan", "--id", "1"], 5, "nowhere.rowan does not exist"],
    [["convert", "V", "V"], 2, "must be another one"],
    [["inspect", "package.json"], 3, "package.json"],
    [["train", "--text", "package.json", "--out", "x.rowan"], 2, "one of --objective (word vectors) and --label"],
  ])("%j ends in one line", async (args, expected, message) => {
    const vectors = await trainWords();
    const { status, err } = await runProgram(args.map((arg) => (arg === "V" ? vectors : arg)));
    expect({ status, err }).toEqual({ status: expected, err: expect.stringContaining(message) as string });
    expect(err).toMatch(/^rowan: [^\n]+\n$/);
  });
});

describe("a text classifier", () => {
  const reviews = Array.from({ length: 120 }, (_, i) => [
    i % 2 === 0 ? `great, lovely film ${i % 7}` : `dull "awful" film ${i % 5}`,
    i % 2 === 0 ? "good" : "bad",
  ]);

  test.each([
    [
      "csv",
      (): string =>
        `text,label\n${reviews.map(([text, label]) => `"${(text as string).replaceAll('"', '""')}",${label as string}`).join("\n")}\n`,
    ],
    ["jsonl", (): string => reviews.map(([text, label]) => JSON.stringify({ text, label })).join("\n")],
  ])("learns from .%s, and is saved with its words", async (ending, content) => {
    writeFileSync(at(`reviews.${ending}`), content());
    const args = ["train", "--text", at(`reviews.${ending}`), "--label", "label", "--out", at("c.rowan"), "--epochs", "6", "--json"];
    const { status, out, err } = await runProgram(args);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const summary = JSON.parse(out) as { labels: string[]; examples: number; history: Record<string, number[]> };
    expect(summary).toMatchObject({ labels: ["bad", "good"], examples: 120 });
    expect(summary.history["val_accuracy"]?.at(-1)).toBe(1);
    const inspected = await runProgram(["inspect", at("c.rowan")]);
    expect(inspected.out).toContain("a model");
    expect(inspected.out).toContain('labels: ["bad","good"]');
    expect((await runProgram(["neighbours", at("c.rowan"), "--word", "great", "-k", "1"])).status).toBe(0);
  });

  /** Labels that no words tell, so that training goes on for some epochs. */
  function writeNoise(): string {
    const lines = Array.from(
      { length: 900 },
      (_, i) => `w${(i * 7919) % 83} w${(i * 104729) % 97},${(i * i * 31 + i) % 7 < 3 ? "a" : "b"}`,
    );
    writeFileSync(at("noise.csv"), `text,label\n${lines.join("\n")}\n`);
    return at("noise.csv");
  }

  test("the built program, ended by Ctrl-C and taken up again, ends with the same bytes", { timeout: 60_000 }, async () => {
    const args = ["train", "--text", writeNoise(), "--label", "label", "--validation", "0", "--epochs", "40"];
    const end = (name: string): string[] => [...args, "--out", at(name), "--curve", at(`${name}.json`)];
    const { stdout } = await run(process.execPath, [program, ...end("whole.rowan")]);
    expect(stdout).toMatch(/epoch \d+\/40 {2}loss \d.*\(kept\)/);
    const child = execFile(process.execPath, [program, ...end("broken.rowan")]);
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    while (!existsSync(at("broken.rowan.state/backup.rowan"))) await new Promise((resolve) => setTimeout(resolve, 2));
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(existsSync(at("broken.rowan"))).toBe(false);
    const other = await runProgram([...end("broken.rowan"), "--resume", "--max-words", "50"]);
    expect(other).toMatchObject({ status: 3, err: expect.stringContaining("the same texts and options") as string });
    const { stdout: summary } = await run(process.execPath, [program, ...end("broken.rowan"), "--resume", "--json"]);
    expect(JSON.parse(summary)).toMatchObject({ resumed: true });
    expect(readFileSync(at("broken.rowan"))).toEqual(readFileSync(at("whole.rowan")));
    expect(readFileSync(at("broken.rowan.json"))).toEqual(readFileSync(at("whole.rowan.json")));
    const left = ["broken.rowan", "broken.rowan.json", "noise.csv", "whole.rowan", "whole.rowan.json"];
    expect(readdirSync(folder).sort()).toEqual(left);
    const drawn = await run(process.execPath, [program, "plot", at("whole.rowan.json"), "--out", at("curve.html")]);
    expect(drawn.stdout).toMatch(/loss, accuracy over \d+ epochs/);
  });

  test("ends when it gets no better, and writes the best epoch", async () => {
    const args = ["train", "--text", writeNoise(), "--label", "label", "--epochs", "40", "--out", at("c.rowan"), "--json"];
    const { out } = await runProgram(args);
    const { history, bestEpoch } = JSON.parse(out) as { history: Record<string, number[]>; bestEpoch: number };
    const losses = history["val_loss"] as number[];
    expect(losses.length).toBeLessThan(40);
    expect(bestEpoch).toBe(losses.length - 2);
    expect(losses[bestEpoch - 1]).toBe(Math.min(...losses));
  });

  test("bad lines are named with their place, or counted", async () => {
    writeFileSync(at("r.jsonl"), '{"text":"a","label":1}\nnot json\n{"text":"b"}\n{"text":"c","label":0}\n');
    const args = ["train", "--text", at("r.jsonl"), "--label", "label", "--out", at("c.rowan"), "--validation", "0", "--epochs", "1"];
    expect(await runProgram(args)).toMatchObject({
      status: 3,
      err: expect.stringContaining("r.jsonl, line 2: it must be a JSON object") as string,
    });
    expect(existsSync(at("c.rowan"))).toBe(false);
    expect((await runProgram([...args, "--skip-bad-lines"])).out).toContain("2 texts, 2 labels");
    writeFileSync(at("r.csv"), "text,label\na,1\nb\nc,0\n");
    const csv = args.map((arg) => arg.replace("r.jsonl", "r.csv"));
    expect(await runProgram(csv)).toMatchObject({ status: 3, err: expect.stringContaining("r.csv, line 3") as string });
    expect((await runProgram([...csv, "--skip-bad-lines"])).out).toContain("1 bad line passed over");
  });
});
