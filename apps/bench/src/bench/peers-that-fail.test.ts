import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeFolder } from "../testing.ts";
import type { Contender } from "./contender.ts";
import { mergeReports } from "./merge-reports.ts";
import { LineChild } from "./peers/line-child.ts";
import type { Report } from "./report.ts";
import type { Room } from "./room.ts";
import { runBench } from "./run-bench.ts";
import { listCases } from "./suites/index.ts";
import { startCases } from "./suites/start.ts";
import { clockwork, quietly } from "./testing.ts";

/** Answers as peers.py does, gathers rows, and fails as torch when it is asked what ROWAN_TEST_FAILS_AT names the so-manieth time. */
const stub = `#!${process.execPath}
const { appendFileSync, readFileSync, writeFileSync } = require("node:fs");
const [how, op, times] = process.env.ROWAN_TEST_FAILS_AT.split(" ");
const cases = new Map();
let peer, asked = 0;
const answers = {
  hello: ({ peers }) => {
    peer = peers[0];
    appendFileSync(process.env.ROWAN_TEST_STARTS, peer + "\\n");
    return { versions: { [peer]: peer + " 1" }, missing: {} };
  },
  open: ({ id, ...fields }) => void cases.set(id, fields),
  turn: ({ calls }) => ({ ms: Array(calls).fill(1) }),
  result: ({ id, path }) => {
    const { table, dim, ids, batch } = cases.get(id);
    const rows = readFileSync(table);
    const wanted = new Int32Array(new Uint8Array(readFileSync(ids)).buffer, 0, batch);
    writeFileSync(path, Buffer.concat(Array.from(wanted, (row) => rows.subarray(row * dim * 4, (row + 1) * dim * 4))));
  },
  close: ({ id }) => void cases.delete(id),
};
const isAsked = process.argv.length === 3;
if (process.argv[4] === "torch") {
  console.error("some lines\\nSegmentation fault");
  process.kill(process.pid, "SIGKILL");
}
if (isAsked) require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const request = JSON.parse(line);
  if (peer === "torch" && request.op === op && ++asked === Number(times)) {
    if (how === "says") {
      console.log(JSON.stringify({ error: "MemoryError: no room." }));
      return;
    }
    console.error("the last word");
    process.kill(process.pid, "SIGKILL");
    setTimeout(() => {}, 60_000);
    return;
  }
  console.log(JSON.stringify(answers[request.op](request) ?? {}));
});
`;

let starts = "";

beforeEach(() => {
  const folder = makeFolder();
  const program = join(folder, "python");
  writeFileSync(program, stub);
  chmodSync(program, 0o755);
  starts = join(folder, "starts");
  vi.stubEnv("ROWAN_TEST_STARTS", starts);
  vi.stubEnv("ROWAN_BENCH_PYTHON", program);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const namesOf = ({ results }: Report): string[][] => results.map(({ measurements }) => measurements.map(({ name }) => name));

test.each([
  // A case asks once to open, once for results, once to warm up (two times for those as quick as this one), and then for two turns.
  ["open 2", [true, false, false]],
  ["result 2", [true, false, false]],
  ["turn 1", [false, false, false]],
  ["turn 4", [false, false, false]],
  ["close 1", [true, false, false]],
])("a peer that dies at %s is left out from there on, and the others are measured", async (at, torch) => {
  vi.stubEnv("ROWAN_TEST_FAILS_AT", `dies ${at}`);
  const surroundings = quietly();
  const cases = listCases(["lookup"], "quick").slice(0, 3);
  const kept: Report[] = [];
  const keep = async (report: Report): Promise<void> => void kept.push(report);
  const report = await runBench({ cases, against: ["torch", "numpy"], scale: "quick", keep }, surroundings);
  expect(namesOf(report).map((names) => names.filter((name) => /torch|NumPy/.test(name)))).toEqual(
    torch.map((there) => [...(there ? ["torch index_select(out=)"] : []), "NumPy take(out=)"]),
  );
  const place = `lookup: ${cases[at === "open 2" || at === "result 2" ? 1 : 0]?.name ?? ""}`;
  const why = expect.stringMatching(/python ended with SIGKILL: the last word$/) as string;
  expect(report.missing).toEqual([{ name: "torch", why, remedy: expect.stringContaining("left out from there on") as string }]);
  expect(report.missing[0]?.why).toContain(`in ${place}, `);
  expect(surroundings.printed().split("Not compared with torch")).toHaveLength(2);
  expect(kept.map(({ results }) => results.length)).toEqual([1, 2, 3]);
  expect(kept.at(-1)).toEqual(report);
  expect(readFileSync(starts, "utf8").split("\n").sort()).toEqual(["", "numpy", "torch"]);
  // It took part before, and it is missing all the same.
  expect(mergeReports([report]).missing).toEqual(report.missing);
});

test.each([
  ["open 2", [true, false, true]],
  ["result 2", [true, false, true]],
  ["turn 1", [false, true, true]],
  ["turn 4", [false, true, true]],
  ["close 2", [true, true, true]],
])("a peer that answers an error at %s is left out of that case, and named", async (at, torch) => {
  vi.stubEnv("ROWAN_TEST_FAILS_AT", `says ${at}`);
  const surroundings = quietly();
  const cases = listCases(["lookup"], "quick").slice(0, 3);
  const report = await runBench({ cases, against: ["torch", "numpy"], scale: "quick" }, surroundings);
  expect(namesOf(report).map((names) => names.filter((name) => /torch|NumPy/.test(name)))).toEqual(
    torch.map((there) => [...(there ? ["torch index_select(out=)"] : []), "NumPy take(out=)"]),
  );
  const place = cases[at.startsWith("turn") ? 0 : 1]?.name ?? "";
  const why = `in lookup: ${place}, it failed: MemoryError: no room`;
  expect(report.missing).toEqual([{ name: "torch", why, remedy: "It is left out of this case." }]);
  expect(surroundings.printed()).toContain(`Not compared with torch: ${why}. It is left out of this case.\n`);
});

test("start goes on where a Python peer crashes", async () => {
  vi.stubEnv("ROWAN_TEST_FAILS_AT", "start at 0");
  const report = await runBench({ cases: startCases(), against: ["torch", "keras"], scale: "quick" }, quietly());
  expect(namesOf(report)).toEqual([["Rowan", "node -e 0", "python -c pass", "keras"]]);
  const why =
    "in start: import, tutorial model, first prediction, it failed: torch does not start: it ended with SIGKILL: Segmentation fault";
  expect(report.missing).toEqual([{ name: "torch", why, remedy: "It is left out of this case." }]);
});

/** Loaded into the process of an engine: what ROWAN_TEST_FAILS_AT names is done in place of the so-manieth answer. */
const interpreter = `const [how, , times] = process.env.ROWAN_TEST_FAILS_AT.split(" ");
const { stdout } = process;
const write = stdout.write.bind(stdout);
let answered = 0;
stdout.write = (line) => {
  if (++answered !== Number(times)) return write(line);
  if (how === "says") return write('{"error":"no room"}\\n');
  console.error("the last word");
  process.kill(process.pid, "SIGKILL");
  for (;;);
};
`;

test.each([
  // hello, then of each case open, result, two turns to warm up, and two turns.
  ["dies at 5", [["Rowan"], ["Rowan"]], "node ended with SIGKILL: the last word", "from there on"],
  ["dies at 11", [["Rowan", "plain tfjs"], ["Rowan"]], "node ended with SIGKILL: the last word", "from there on"],
  ["says at 5", [["Rowan"], ["Rowan", "tf.gather"]], "it failed: no room", "of this case"],
])("an engine of TensorFlow.js in a process of its own that %s", { timeout: 60_000 }, async (at, names, why, remedy) => {
  const folder = makeFolder();
  writeFileSync(join(folder, "interpreter.cjs"), interpreter);
  vi.stubEnv("NODE_OPTIONS", `--require=${join(folder, "interpreter.cjs")}`);
  vi.stubEnv("ROWAN_TEST_FAILS_AT", at);
  const greeted = vi.spyOn(LineChild.prototype, "request");
  const cases = listCases(["engines"], "quick", "cpu, ");
  const report = await runBench({ cases, against: ["tfjs"], scale: "quick" }, quietly());
  expect(namesOf(report)).toEqual(names);
  expect(report.missing.map(({ name }) => name)).toEqual(["plain TensorFlow.js (cpu)"]);
  expect(report.missing[0]?.why).toContain(`in engines: ${cases[at.endsWith("11") ? 1 : 0]?.name ?? ""}, `);
  expect(report.missing[0]?.why).toContain(why);
  expect(report.missing[0]?.remedy).toContain(`left out ${remedy}`);
  // It is not started anew.
  expect(greeted.mock.calls.filter(([request]) => "op" in request && request.op === "hello")).toHaveLength(1);
  greeted.mockRestore();
});

test("TensorFlow.js in this process, whose errors are its own", async () => {
  const failing = (name: string, at: "open" | "result" | "turn"): ((room: Room) => Promise<Contender[]>) => {
    const fail = async (): Promise<never> => Promise.reject(new Error(`no ${at}\nat some place`));
    return ({ failures }) => failures.openInProcess(name, at === "open" ? fail : () => ({ ...clockwork(name, 1, [1]), [at]: fail }));
  };
  const open = async (room: Room): Promise<Contender[]> => {
    const peers = [failing("a", "open"), failing("b", "result"), failing("c", "turn")];
    return [clockwork("Rowan", 1, [1]), ...(await Promise.all(peers.map((peer) => peer(room)))).flat(), clockwork("d", 1, [1])];
  };
  const report = await runBench({ cases: [{ suite: "lookup", name: "x", open }], against: [], scale: "quick" }, quietly());
  expect(namesOf(report)).toEqual([["Rowan", "d"]]);
  expect(report.missing.map(({ name, why }) => [name, why])).toEqual([
    ["a", "in lookup: x, it failed: no open"],
    ["b", "in lookup: x, it failed: no result"],
    ["c", "in lookup: x, it failed: no turn"],
  ]);
});

test("the C program likewise", async () => {
  vi.stubEnv("ROWAN_TEST_FAILS_AT", "never at 0");
  const folder = makeFolder();
  const count = join(folder, "count");
  // A compiler whose program answers once, and then is no more.
  const program = `#!/bin/sh\necho x >> ${count}\nread line\necho 1\nread line\nkill -9 $$\n`;
  writeFileSync(join(folder, "program"), program);
  writeFileSync(
    join(folder, "cc"),
    `#!/bin/sh\nwhile [ $# -gt 0 ]; do [ "$1" = -o ] && cp ${folder}/program "$2" && chmod +x "$2"; shift; done; echo cc\n`,
  );
  chmodSync(join(folder, "cc"), 0o755);
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env["PATH"] ?? ""}`);
  const cases = listCases(["lookup"], "quick").slice(0, 2);
  const report = await runBench({ cases, against: ["c", "numpy"], scale: "quick" }, quietly());
  expect(namesOf(report).map((names) => names.slice(0, 3))).toEqual([
    ["Rowan", "Rowan, WASM alone", "NumPy take(out=)"],
    ["Rowan", "Rowan, WASM alone", "NumPy take(out=)"],
  ]);
  expect(report.missing.map(({ name, why }) => [name, why.replace(/\/.*\//, "")])).toEqual([
    ["c", `in lookup: ${cases[0]?.name ?? ""}, ceiling ended with SIGKILL`],
  ]);
  expect(existsSync(count) && readFileSync(count, "utf8")).toBe("x\n");
});
