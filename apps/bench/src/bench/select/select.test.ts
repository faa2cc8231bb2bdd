import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder, runProgram } from "../../testing.ts";
import { listSettings } from "./grid.ts";
import { summariseSettings } from "./select-report.ts";
import type { SettingResult } from "./select-report.ts";

test("the grid has small and large tables, few and many ids, and both kinds of work", () => {
  const settings = listSettings("full");
  for (const part of [
    { inputDim: 1_000_000 },
    { outputDim: 256 },
    { batch: 16 },
    { batch: 16_384 },
    { work: "train" },
    { work: "lookup" },
  ]) {
    expect(settings).toContainEqual(expect.objectContaining(part));
  }
  expect(settings.every(({ inputDim, outputDim }) => inputDim * outputDim <= 2 ** 26)).toBe(true);
});

test("rowan bench select runs, and writes down what it found", async () => {
  const json = join(makeFolder(), "select.json");
  const { status, out, err } = await runProgram(["bench", "select", "--quick", "--backends", "cpu,plain", "--json", json]);
  expect({ status, err }).toEqual({ status: 0, err: "" });
  expect(out).toMatch(/^lookup 100 x 8, 16 ids /m);
  expect(out).toMatch(/^Cold: [012] of 2 within 20 % of the fastest/m);
  const { results } = JSON.parse(readFileSync(json, "utf8")) as { results: SettingResult[] };
  expect(results.map(({ workload }) => workload.work)).toEqual(["lookup", "train"]);
  for (const { truth, again } of results) {
    expect(Object.keys(truth)).toEqual(["cpu", "plain"]);
    expect(again.by).toMatch(/cache|model/);
  }
});

test("one backend alone is no choice", async () => {
  expect((await runProgram(["bench", "select", "--quick", "--backends", "cpu"])).err).toContain("--backends must leave two backends");
});

test("a wrong choice is counted as one", () => {
  const choice = { chosen: "slow", by: "measurement", tookMs: 10, ms: {} } as const;
  const workload = { inputDim: 1, outputDim: 1, batch: 1, work: "lookup" } as const;
  const wrong: SettingResult = {
    workload,
    truth: { slow: 2, fast: 1 },
    cold: choice,
    kept: { ...choice, chosen: "fast", by: "model" },
    again: choice,
  };
  const right = { ...wrong, cold: { ...choice, chosen: "fast" } };
  const text = summariseSettings([wrong, right]);
  expect(text).toContain("Cold: 1 of 2 within 20 % of the fastest, at worst 2.00x; 10.0 ms at the median");
  expect(text).toContain("by the model alone: 2 of 2");
});
