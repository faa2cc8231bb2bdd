import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createCpuBackend } from "@rowan/backend-cpu";
import { expect, test, vi } from "vitest";
import { makeFolder, runProgram } from "../testing.ts";
import { compareReports, formatChanges } from "./changes.ts";
import { randomNumbers } from "./data.ts";
import { formatReportPage } from "./html/report-page.ts";
import { digits } from "./report.ts";
import type { Report } from "./report.ts";
import { measured } from "./testing.ts";
import { agreement, findNearest } from "./words/agreement.ts";
import { makeTopics, topicShare } from "./words/topics.ts";

const machine = { processor: "P", threads: 2, memoryBytes: 2 ** 30, platform: "linux x64", node: "20.0.0", load: 0, commit: "abc" };

function report(turns: Readonly<Record<string, readonly number[]>>): Report {
  const measurements = Object.entries(turns).map(([name, turnMs]) => ({
    ...measured(name, turnMs),
    ratio: { median: 2, low: 1.5, high: 3, turns: 15 },
  }));
  const scores = [{ name: "good", values: [0.5, 0.6] }];
  return {
    ...{ benchmark: "rowan bench", scale: "full", date: "2026-01-02T03:04:05Z", machine, versions: { torch: "torch 9" }, missing: [] },
    results: [{ suite: "lookup", name: "1M x 64 <a>", measurements, scores }],
  };
}

/** Turns of a median with noise of some per cent, and now and then one that something else has disturbed. */
function turns(median: number, noise: number, seed: number, count = 15): number[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, (_, i) => median * (1 + noise * (2 * random() - 1)) * (i % 7 === 3 ? 1.5 : 1));
}

test("a change is called one only beyond the noise", () => {
  const verdict = (before: number[], after: number[]): string | undefined =>
    compareReports(report({ Rowan: before }), report({ Rowan: after })).list[0]?.verdict;
  expect(verdict(turns(10, 0.02, 1), turns(12, 0.02, 2))).toBe("slower");
  expect(verdict(turns(12, 0.02, 1), turns(10, 0.02, 2))).toBe("faster");
  // The same change drowns in more noise, and a small one is within what runs differ by.
  expect(verdict(turns(10, 0.6, 1), turns(12, 0.6, 2))).toBe("the same");
  expect(verdict(turns(10, 0.005, 1), turns(10.3, 0.005, 2))).toBe("the same");
  expect(verdict(turns(10, 0.01, 1, 2), turns(20, 0.01, 2, 2))).toBe("too few turns");
});

test("of a hundred pairs of runs with the same noise none is called a change", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const { list } = compareReports(report({ Rowan: turns(10, 0.1, seed) }), report({ Rowan: turns(10, 0.1, 1000 + seed) }));
    expect(list[0]?.verdict).toBe("the same");
  }
});

test("other machines and tiny sizes are spoken of, and reports without a case in common refused", () => {
  const other = { ...report({ Rowan: [1, 1, 1] }), scale: "quick" as const, machine: { ...machine, processor: "Q", node: "21.0.0" } };
  const text = formatChanges(compareReports(report({ Rowan: [1, 1, 1] }), other));
  for (const part of ["another machine: P before, Q now", "another Node", "tiny sizes", "1 the same"]) expect(text).toContain(part);
  expect(() => compareReports({ ...other, results: [] }, other)).toThrow("in common");
});

test("sizes are compared exactly, also where there are no times", () => {
  const sized = (...bytes: readonly number[]): Report => {
    const scores = bytes.map((size, i) => ({ name: `part ${i}`, values: [size], unit: "bytes" as const }));
    return { ...report({}), results: [{ suite: "size", name: "npm install", measurements: [], scores }] };
  };
  const changes = compareReports(sized(1000, 1000, 1000, 5), sized(1000, 1001, 900));
  expect(changes.list.map(({ verdict }) => verdict)).toEqual(["the same", "larger", "smaller"]);
  const text = formatChanges(changes);
  expect(text).toContain("1.0010x");
  expect(text).toMatch(/\nsizes: 1 smaller, 1 larger, 1 the same\n$/);
  // Shares are no sizes: whether their difference is noise shows beside them.
  expect(() => compareReports(report({}), report({}))).toThrow("in common");
});

test("the page has the machine, charts, tables and what changed, and needs nothing else", () => {
  const [before, after] = [report({ Rowan: turns(10, 0.02, 1), "torch <x>": [20, 20, 20] }), report({ Rowan: turns(20, 0.02, 2) })];
  const page = formatReportPage(before, compareReports(after, before));
  for (const part of [
    "abc",
    "torch 9",
    "<svg",
    "1M x 64 &lt;a&gt;",
    "torch &lt;x&gt;",
    'class="good">faster',
    "55.0 % (50.0 to 60.0 of 2)",
  ])
    expect(page).toContain(part);
  expect(page).not.toMatch(/<script|<link|src=|<a>|NaN/);
});

test("small numbers keep two digits, and a chart's powers of ten are written as such", () => {
  expect([0.00143, 0.0999, 0.1, 1.234, 12.34, 123.4, 0].map(digits)).toEqual(["0.0014", "0.10", "0.10", "1.23", "12.3", "123", "0.00"]);
  const slow = report({ Rowan: [10, 10, 10], "a floor": [0.001, 0.001, 0.001] });
  const floor = { median: 0.0001, low: 0.00005, high: 0.0002, turns: 3 };
  const results = slow.results.map((result) => ({
    ...result,
    measurements: result.measurements.map((one) => (one.name === "a floor" ? { ...one, ratio: floor } : one)),
  }));
  const page = formatReportPage({ ...slow, results });
  expect(page).toContain(">0.0001<");
  expect(page).not.toMatch(/0\.0*9999/);
});

test("rowan bench takes several suites, and writes a page and a comparison", { timeout: 60_000 }, async () => {
  const folder = makeFolder();
  vi.stubEnv("ROWAN_BENCH_PYTHON", join(folder, "no-python"));
  const at = (name: string): string => join(folder, name);
  const common = ["--quick", "--against", "js", "--turns", "3"];
  const first = await runProgram(["bench", "lookup", "neighbours", ...common, "--json", at("a.json"), "--html", at("a.html")]);
  expect(first).toMatchObject({ status: 0, err: "" });
  const { results } = JSON.parse(readFileSync(at("a.json"), "utf8")) as Report;
  expect([...new Set(results.map(({ suite }) => suite))]).toEqual(["lookup", "neighbours"]);
  expect(readFileSync(at("a.html"), "utf8")).toContain("<h2>neighbours</h2>");
  const second = await runProgram(["bench", "lookup", ...common, "--compare", at("a.json")]);
  expect(second.status).toBe(0);
  expect(second.out).toMatch(/new \/ old[^]*times: \d+ faster, \d+ slower, \d+ the same within the noise\n/);
  const joined = await runProgram(["bench", "report", at("a.json"), "--compare", at("a.json"), "--html", at("b.html")]);
  expect(joined.out).toContain(" 0 slower");
  expect(await runProgram(["bench", "lookup", "sorting", ...common])).toMatchObject({ status: 2 });
  writeFileSync(at("c.json"), "{}");
  expect(await runProgram(["bench", "lookup", ...common, "--compare", at("c.json")])).toMatchObject({ status: 3 });
  vi.unstubAllEnvs();
});

test("a page says why a case is in no chart", () => {
  const alone = { suite: "engines", name: "cpu, gather", measurements: [measured("Rowan", [1])] } as const;
  const page = (results: Report["results"]): string => formatReportPage({ ...report({}), results });
  expect(page([alone])).toContain("No chart: it would show multiples of the first one's time, and nobody but Rowan was timed.");
  expect(page([alone])).not.toContain("<svg");
  const both = { ...alone, name: "wasm, gather", measurements: [measured("Rowan", [1]), measured("tf.gather", [2])] };
  const mixed = page([alone, both]);
  expect(mixed).toMatch(/<svg[^]*Not in the chart, since nobody else was timed: cpu, gather\./);
  expect(page([both])).not.toContain("the chart");
  // Sizes have no times that a chart could show.
  expect(page([{ suite: "size", name: "a", measurements: [], scores: [{ name: "b", values: [1] }] }])).not.toContain("No chart");
});

test("words: speeds and the quality of vectors are measured", { timeout: 60_000 }, async () => {
  vi.stubEnv("ROWAN_BENCH_PYTHON", join(makeFolder(), "no-python"));
  const path = join(makeFolder(), "w.json");
  expect(await runProgram(["bench", "words", "size", "--quick", "--json", path])).toMatchObject({ status: 0, err: "" });
  const { results } = JSON.parse(readFileSync(path, "utf8")) as Report;
  expect(results.map(({ name }) => name)).toEqual(["generated topics, skip-gram", "generated topics, cbow", "npm install, bytes on disk"]);
  expect(results[0]).toMatchObject({ unit: "words" });
  expect(results[0]?.measurements.map(({ name }) => name)).toEqual(["Rowan, 1 thread", "Rowan, 2 threads"]);
  expect(results[0]?.scores?.[0]?.values[0]).toBeGreaterThan(0);
  expect(results[2]?.scores?.find(({ name }) => name === "Rowan: layers on the CPU")?.values[0]).toBeGreaterThan(100_000);
  vi.unstubAllEnvs();
});

test("neighbours are those of the largest cosine, and agreement is the share that both name", async () => {
  const vectors = Float32Array.of(1, 0, 2, 0.1, 0, 1, -1, 0, 0.1, 3);
  const backend = await createCpuBackend();
  expect(await findNearest(vectors, 2, 3, 2, backend)).toEqual([
    [1, 4],
    [0, 4],
    [4, 1],
  ]);
  backend.dispose();
  expect(agreement([[1, 2], [3]], [[2, 1], [3]])).toBe(1);
  expect(agreement([[1, 2], [3]], [[2, 4], [5]])).toBeCloseTo(1 / 3);
});

test("generated topics: who knows them scores 1, who mixes them less", () => {
  const words = ["t0w1", "t1w1", "t0w2", "t1w2", "c1"];
  expect(topicShare(words, [[2], [3], [0], [1], [0]])).toBe(1);
  expect(topicShare(words, [[2], [0], [4], [1], [0]])).toBe(0.5);
  const sentences = makeTopics(4, 500);
  expect(sentences[0]).toHaveLength(14);
  const topicsOf = (sentence: readonly string[]): Set<string> => new Set(sentence.flatMap((word) => /^t\d+/.exec(word)?.[0] ?? []));
  expect(sentences.every((sentence) => topicsOf(sentence).size <= 1)).toBe(true);
  expect(sentences.flat().filter((word) => word.startsWith("c")).length / (14 * 500)).toBeCloseTo(0.5, 1);
});
