import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeFolder } from "../testing.ts";
import { writeReport } from "./bench-command.ts";
import { findTfjs } from "./find-tfjs.ts";
import { measure, summarise } from "./measure.ts";
import { formatResult } from "./report.ts";
import type { Report } from "./report.ts";
import { runBench } from "./run-bench.ts";

const size = { rows: 50, dim: 3, batch: 8 };

describe("the lookup benchmark", () => {
  test("times every contender that is there, and names those that are not", async () => {
    let printed = "";
    const surroundings = {
      stdout: { write: (text: string) => (printed += text) },
      stderr: { write: () => true },
      signal: new AbortController().signal,
    };
    const report = await runBench([size], ["js", "tfjs"], 0.001, surroundings);
    const names = report.results[0]?.measurements.map(({ name }) => name);
    const installed = findTfjs().missing.length === 0;
    expect(names).toEqual(["Rowan, WASM", "Rowan, plain", "set(subarray)", ...(installed ? ["tfjs wasm", "tfjs cpu"] : [])]);
    expect(report.missing.map(({ name }) => name)).toEqual(installed ? [] : ["tfjs"]);
    expect(printed.includes("Not compared with tfjs")).toBe(!installed);
    expect(printed).toContain("50 x 3, 8 ids a call");

    const path = join(makeFolder(), "report.json");
    await writeReport(path, report);
    expect(JSON.parse(readFileSync(path, "utf8")) as Report).toEqual(report);
  });

  test("refuses to time what gives other rows", async () => {
    const right = { name: "right", lookup: () => Float32Array.of(1, 2), dispose: () => undefined };
    const wrong = { name: "wrong", lookup: () => Float32Array.of(1, 3), dispose: () => undefined };
    await expect(measure([right, wrong], size, 0)).rejects.toThrow("wrong gives other rows than right: value 1 is 3 instead of 2");
  });

  test("takes at least twenty calls of each", async () => {
    const contender = { name: "one", lookup: () => Float32Array.of(1), dispose: () => undefined };
    expect((await measure([contender], size, 0))[0]?.calls).toBe(20);
  });
});

test("median, 99th percentile and speed are those of the times", () => {
  const times = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(summarise("x", times, { rows: 1, dim: 250, batch: 51 })).toEqual({
    name: "x",
    calls: 100,
    medianMs: 51,
    p99Ms: 100,
    rowsPerSecond: 1000,
    gigabytesPerSecond: 0.001,
  });
});

test("the last column says how many times faster the first line is", () => {
  const one = summarise("one", [1], size);
  const two = summarise("two", [2.5], size);
  expect(formatResult(size, [one, two])).toMatch(/one .* 1\.0x\ntwo .* 2\.5x\n/);
});
