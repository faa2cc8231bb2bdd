import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeFolder } from "../testing.ts";
import { mergeReports } from "./merge-reports.ts";
import type { Report } from "./report.ts";
import { runBench } from "./run-bench.ts";
import { listCases } from "./suites/index.ts";
import { quietly } from "./testing.ts";

/** Answers as peers.py does, gathers rows, and dies as torch when it is asked what ROWAN_TEST_DIES_AT names the so-manieth time. */
const stub = `#!${process.execPath}
const { appendFileSync, readFileSync, writeFileSync } = require("node:fs");
const [op, times] = process.env.ROWAN_TEST_DIES_AT.split(" ");
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
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const request = JSON.parse(line);
  if (peer === "torch" && request.op === op && ++asked === Number(times)) {
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
  vi.stubEnv("ROWAN_TEST_DIES_AT", at);
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

test("the C program likewise", async () => {
  vi.stubEnv("ROWAN_TEST_DIES_AT", "never 0");
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
  expect(namesOf(report).map((names) => names.slice(0, 2))).toEqual([
    ["Rowan", "NumPy take(out=)"],
    ["Rowan", "NumPy take(out=)"],
  ]);
  expect(report.missing.map(({ name, why }) => [name, why.replace(/\/.*\//, "")])).toEqual([
    ["c", `in lookup: ${cases[0]?.name ?? ""}, ceiling ended with SIGKILL`],
  ]);
  expect(existsSync(count) && readFileSync(count, "utf8")).toBe("x\n");
});
