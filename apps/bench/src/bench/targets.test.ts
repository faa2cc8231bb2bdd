import { describe, expect, test } from "vitest";
import { formatMarkdown } from "./markdown.ts";
import { mergeReports } from "./merge-reports.ts";
import { formatResult } from "./report.ts";
import type { CaseResult, Report } from "./report.ts";
import { listCases } from "./suites/index.ts";
import { judge, targets } from "./targets.ts";
import { measured } from "./testing.ts";

const machine = { processor: "P", threads: 2, memoryBytes: 1, platform: "linux x64", node: "20.0.0", load: 0 };
const base: Report = {
  benchmark: "rowan bench",
  scale: "full",
  date: "2026-01-02T00:00:00Z",
  machine,
  versions: {},
  results: [],
  missing: [],
};

function gather(name: string, ours: number, torch: number): CaseResult {
  return { suite: "lookup", name, measurements: [measured("Rowan", [ours, ours]), measured("torch index_select(out=)", [torch, torch])] };
}

function verdict(results: readonly CaseResult[], against: string): string | undefined {
  return judge(results).find(({ target }) => target.against.startsWith(against))?.verdict;
}

describe("what must be reached", () => {
  test("is judged by the case that is furthest from it", () => {
    expect(verdict([gather("a", 10, 14), gather("b", 10, 13)], "torch index")).toBe("aim reached");
    expect(verdict([gather("a", 10, 14), gather("b", 10, 12)], "torch index")).toBe("reached");
    expect(verdict([gather("a", 10, 14), gather("b", 10, 9)], "torch index")).toBe("short");
    expect(verdict([gather("a", 10, 14)], "the C ceiling")).toBe("not measured");
  });

  test("growth is that of the step over that of the floor", () => {
    const name = "growth from V = 10k to 1M, 32 x 20, uniform";
    const times = { "Rowan exact, V = 10k": 1, "Rowan exact, V = 1M": 2.4, "C floor, V = 10k": 0.1, "C floor, V = 1M": 0.2 };
    const measurements = Object.entries(times).map(([who, time]) => measured(who, [time]));
    const outcome = judge([{ suite: "train", name, measurements }]).find(({ worst }) => worst !== undefined);
    expect(outcome).toMatchObject({ target: { work: expect.stringContaining("exact") as string }, verdict: "reached" });
    expect(outcome?.worst?.measured.median).toBeCloseTo(1.2);
  });

  test("the start is what comes on top of an empty process", () => {
    const start: CaseResult = {
      suite: "start",
      name: "x",
      measurements: [measured("Rowan", [90, 95, 99]), measured("node -e 0", [60, 50])],
    };
    expect(judge([start]).find(({ target }) => target.suite === "start")).toMatchObject({
      worst: { measured: { median: 45, low: 30 } },
      verdict: "short",
    });
  });

  test("an aim that is no must is not called short", () => {
    const bags: CaseResult = {
      suite: "bag",
      name: "1M x 64, sum, uniform",
      measurements: [measured("Rowan", [2]), measured("FBGEMM", [1])],
    };
    expect(verdict([bags], "FBGEMM")).toBe("short of the aim");
  });

  test("names cases that exist", () => {
    for (const { suite, counts } of targets) {
      expect(listCases([suite], "full").filter(({ name }) => counts.test(name)).length).toBeGreaterThan(0);
    }
    const anySize = targets.find(({ work }) => work === "pool of two, any size");
    const small = listCases(["pool"], "full", "1 id of").map(({ name }) => [name, anySize?.counts.test(name)]);
    expect(small).toEqual([
      ["1 id of 1M x 64, uniform", true],
      ["1 id of 1M x 64, uniform, always by workers", false],
    ]);
    const int8 = listCases(["bag"], "full", "int8");
    const bags = targets.filter(({ work }) => work.startsWith("bags of 16"));
    expect(int8).toHaveLength(1);
    expect(bags.some(({ counts }) => counts.test(int8[0]?.name ?? ""))).toBe(false);
  });
});

describe("tables", () => {
  test("Markdown has the machine, who is missing, the targets, and columns of one width", () => {
    const missing = [{ name: "tfjs", why: "gone", remedy: "Add it." }];
    const text = formatMarkdown({ ...base, versions: { torch: "torch 9" }, results: [gather("a", 10, 14)], missing });
    expect(text).toContain("Measured 2026-01-02: P, 2 threads");
    expect(text).toContain("Peers: torch 9.");
    expect(text).toContain("Not compared with tfjs: gone. Add it.");
    expect(text).toMatch(
      /\| gather +\| torch index_select\(out=\) +\| at least 1.00 +\| 1.30 +\| 1.40 \(1.40 to 1.40\) +\| aim reached +\|/,
    );
    const tables = text.split("\n\n").filter((part) => part.startsWith("|"));
    expect(tables).toHaveLength(2);
    for (const table of tables)
      expect(
        new Set(
          table
            .trim()
            .split("\n")
            .map((line) => line.length),
        ).size,
      ).toBe(1);
  });

  test("numbers of a busy machine are called rough", () => {
    expect(formatMarkdown(base)).not.toContain("Rough");
    expect(formatMarkdown({ ...base, machine: { ...machine, load: 2 } })).toContain("**Rough**");
    expect(mergeReports([{ ...base, machine: { ...machine, load: 2 } }, base]).machine.load).toBe(2);
  });

  test("quick runs are judged by nobody", () => {
    const text = formatMarkdown({ ...base, scale: "quick", results: [gather("a", 10, 14)] });
    expect(text).toContain("these times say nothing");
    expect(text).not.toContain("reached");
  });

  test("the last column says how many times longer somebody takes, with the spread", () => {
    const ratio = { median: 2.5, low: 2, high: 12.34, turns: 3 };
    const text = formatResult({ suite: "lookup", name: "a", measurements: [measured("one", [1]), { ...measured("two", [2.5]), ratio }] });
    expect(text).toMatch(/two .* 2\.50x \(2\.00 to 12\.3\)\n/);
  });
});

describe("reports put together", () => {
  test("the last one counts, and who was there once is not missing", () => {
    const missing = [{ name: "torch", why: "w", remedy: "r" }];
    const older = { ...base, versions: { torch: "1" }, results: [gather("a", 1, 1), gather("b", 1, 1)] };
    const newer = { ...base, results: [gather("a", 2, 2)], missing };
    const merged = mergeReports([older, newer]);
    expect(merged.results).toEqual([gather("a", 2, 2), gather("b", 1, 1)]);
    expect(merged).toMatchObject({ versions: { torch: "1" }, missing: [] });
  });

  test("of different machines are not", () => {
    expect(() => mergeReports([{ ...base, machine: { ...machine, processor: "Q" } }, base])).toThrow("of one machine");
  });
});
