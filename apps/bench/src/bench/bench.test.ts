import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { makeFolder, runProgram } from "../testing.ts";
import { suites } from "./bench-case.ts";
import { runBench } from "./run-bench.ts";
import type { Report } from "./report.ts";
import { listCases } from "./suites/index.ts";
import { startCases } from "./suites/start.ts";
import { quietly } from "./testing.ts";

beforeEach(() => {
  // A Python that is not there: tests do not depend on what is installed.
  vi.stubEnv("ROWAN_BENCH_PYTHON", join(makeFolder(), "no-python"));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const hasCompiler = attempt(() => execFileSync("cc", ["--version"]));

function attempt(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

describe("quick runs", () => {
  test.each(["lookup", "bag", "train", "neighbours"] as const)("%s: everybody gives the same results and is timed", async (suite) => {
    const surroundings = quietly();
    const cases = listCases([suite], "quick");
    const report = await runBench({ cases, against: ["js", "c"], scale: "quick" }, surroundings);
    expect(report.results.map(({ name }) => name)).toEqual(cases.map(({ name }) => name));
    for (const { measurements } of report.results) {
      expect(measurements[0]?.name).toMatch(/^Rowan/);
      for (const { calls, medianMs, turnMs } of measurements) {
        expect(calls).toBeGreaterThan(0);
        expect(medianMs).toBeGreaterThan(0);
        expect(turnMs.length).toBeGreaterThan(0);
      }
    }
    const names = new Set(report.results.flatMap(({ measurements }) => measurements.map(({ name }) => name)));
    expect(names.has("C ceiling") || names.has("C floor")).toBe(hasCompiler && suite !== "neighbours");
    expect(names.has("JS set(subarray)")).toBe(suite === "lookup");
    if (suite === "bag") expect(names.has("Rowan int8")).toBe(true);
    if (suite === "train") for (const mode of ["lazy", "exact", "dense"]) expect(names.has(`Rowan ${mode}`)).toBe(true);
    expect(surroundings.printed()).toContain("these times say nothing");
  });

  test.each(["wasm", "cpu"])("engines: %s, beside TensorFlow.js alone in a process of its own", { timeout: 60_000 }, async (engine) => {
    const cases = listCases(["engines"], "quick", `${engine}, `);
    const { results, missing } = await runBench({ cases, against: ["tfjs"], scale: "quick" }, quietly());
    expect(missing).toEqual([]);
    expect(results.map(({ measurements }) => measurements.map(({ name }) => name))).toEqual([
      ["Rowan", ...(engine === "wasm" ? ["plain tfjs, table frozen", "plain tfjs, forward and dense part"] : ["plain tfjs"])],
      ["Rowan", "tf.gather"],
    ]);
  });

  test("engines: an engine that is not there is named, and the others are measured all the same", { timeout: 60_000 }, async () => {
    vi.stubEnv("ROWAN_TFJS_NODE", makeFolder());
    const surroundings = quietly();
    const cases = listCases(["engines"], "quick", "gather");
    const { results, missing } = await runBench({ cases, against: [], scale: "quick" }, surroundings);
    const measured = results.map(({ name }) => name.split(",")[0]);
    expect(measured.slice(-2)).toEqual(["wasm", "cpu"]);
    // Native TensorFlow may lie beside this program.
    if (measured.includes("node")) return;
    expect(missing[0]?.name).toMatch(/^engines: node, gather/);
    expect(surroundings.printed()).toMatch(/Not compared with engines: node, gather.*tfjs-node.*This case was not measured/);
  });

  test("checkpoint: save and load beside plain streams, with the memory that each takes", async () => {
    const surroundings = quietly();
    const { results } = await runBench({ cases: listCases(["checkpoint"], "quick"), against: [], scale: "quick" }, surroundings);
    const [save, load, rows] = results.map(({ measurements }) => measurements);
    for (const measurements of [save, load]) {
      expect(measurements?.map(({ name }) => name)).toEqual(["Rowan", "plain fs stream"]);
      for (const { memoryBytes } of measurements ?? []) expect(memoryBytes).toBeLessThan(64 * 2 ** 20);
    }
    expect(rows?.map(({ memoryBytes }) => memoryBytes)).toEqual([undefined]);
    expect(surroundings.printed()).toMatch(/memory beside the table, at most: Rowan -?\d+\.\d MiB, plain fs stream -?\d+\.\d MiB/);
  });

  test("start: a program that fails is an error, one that ends well is timed beside an empty one", async () => {
    const program = join(makeFolder(), "program.mjs");
    writeFileSync(program, "if (1 + 1 !== 2) process.exit(1);");
    const { results } = await runBench({ cases: startCases(program), against: [], scale: "quick" }, quietly());
    expect(results[0]?.measurements.map(({ name }) => name)).toEqual(["Rowan", "node -e 0"]);
    writeFileSync(program, "throw new Error('no')");
    await expect(runBench({ cases: startCases(program), against: [], scale: "quick" }, quietly())).rejects.toThrow("Rowan does not start");
  });

  test("whoever is not there is named, with what adds it", async () => {
    const surroundings = quietly();
    const cases = listCases(["neighbours"], "quick", "dot");
    const { missing } = await runBench({ cases, against: ["torch", "numpy"], scale: "quick" }, surroundings);
    expect(missing.map(({ name }) => name)).toEqual(["torch", "numpy"]);
    expect(surroundings.printed()).toMatch(/Not compared with torch: .*\. .*pip install -r apps\/bench\/peers\/requirements.txt/);
  });
});

describe("rowan bench", () => {
  test("writes the machine and the results to a file, and its folder of shared data is gone", async () => {
    const folder = makeFolder();
    vi.stubEnv("TMPDIR", folder);
    const path = join(folder, "report.json");
    const run = await runProgram(["bench", "lookup", "--quick", "--against", "js", "--only", "Zipf", "--turns", "3", "--json", path]);
    expect(run).toMatchObject({ status: 0, err: "" });
    const report = JSON.parse(readFileSync(path, "utf8")) as Report;
    expect(report).toMatchObject({ benchmark: "rowan bench", scale: "quick", missing: [], machine: { node: process.versions.node } });
    expect(report.results.map(({ name }) => name)).toEqual(["500 x 19, Zipf", "300 x 8, Zipf"]);
    expect(report.results[0]?.measurements[0]?.turnMs).toHaveLength(3);
    expect(readFileSync(path, "utf8").endsWith("}\n")).toBe(true);
    expect(execFileSync("ls", [folder], { encoding: "utf8" })).toBe("report.json\n");
  });

  test("batch runs the built program from file to file, and leaves nothing behind", { timeout: 60_000 }, async () => {
    const folder = makeFolder();
    const json = join(folder, "batch.json");
    const { status, out, err } = await runProgram(["bench", "batch", "--quick", "--folder", folder, "--json", json]);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toMatch(/rowan lookup +[\d,]+ +\d+ +\d+\.\d\d\n/);
    const { size, results } = JSON.parse(readFileSync(json, "utf8")) as { size: { ids: number }; results: Record<string, number> };
    expect(size.ids).toBe(100_000);
    expect(results["peakMemoryBytes"]).toBeGreaterThan(1e7);
    expect(readdirSync(folder)).toEqual(["batch.json"]);
    const tooLarge = await runProgram(["bench", "batch", "--ids", "2000000000", "--dim", "100000", "--folder", folder]);
    expect(tooLarge).toMatchObject({ status: 2, err: expect.stringContaining("the folder must have room for") as string });
  });

  test("report puts tables between the marks of a file", async () => {
    const folder = makeFolder();
    const [json, markdown] = [join(folder, "r.json"), join(folder, "page.md")];
    await runProgram(["bench", "neighbours", "--quick", "--against", "js", "--json", json]);
    writeFileSync(markdown, "Above\n\n<!-- rowan bench: begin -->\nold\n<!-- rowan bench: end -->\n\nBelow\n");
    expect(await runProgram(["bench", "report", json, "--markdown", markdown])).toMatchObject({ status: 0, err: "" });
    const text = readFileSync(markdown, "utf8");
    expect(text).toMatch(/^Above\n[^]*### neighbours[^]*\| 300 x 8, dot, one query +\|[^]*\nBelow\n$/);
    expect(text).not.toContain("old");
    writeFileSync(markdown, "no marks");
    expect(await runProgram(["bench", "report", json, "--markdown", markdown])).toMatchObject({ status: 3 });
    expect((await runProgram(["bench", "report", markdown])).err).toContain("must be a file that rowan bench --json wrote");
  });

  test("a report with the former name of a case goes with one that has the present name", async () => {
    const folder = makeFolder();
    const [json, former] = [join(folder, "r.json"), join(folder, "former.json")];
    await runProgram(["bench", "pool", "--quick", "--against", "js", "--only", "1 id of", "--json", json]);
    const text = readFileSync(json, "utf8");
    expect(text).toContain('"name": "1 id of 500 x 19, uniform, always by workers"');
    writeFileSync(former, text.replace('"1 id of', '"1 ids of'));
    const { status, out } = await runProgram(["bench", "report", former, json]);
    expect({ status, rows: out.match(/\| 1 ids? of/g) }).toEqual({ status: 0, rows: ["| 1 id of"] });
    const compared = await runProgram(["bench", "report", json, "--compare", former]);
    expect(compared).toMatchObject({ status: 0, out: expect.stringContaining("pool: 1 id of 500 x 19") as string });
  });

  test.each([
    [["--only", "nothing"], "--only must be a part of a case's name"],
    [["--turns", "0"], "It must be a positive integer"],
    [["--against", "abacus"], "It must be of js, tfjs, tfjs-node, torch"],
  ])("refuses %s", async (args, message) => {
    const { status, err } = await runProgram(["bench", "train", "--quick", ...args]);
    expect({ status, named: err.includes(message) }).toEqual({ status: 2, named: true });
  });

  test("every suite has cases of both scales, and no two of one name", () => {
    for (const suite of suites) {
      for (const scale of ["full", "quick"] as const) {
        const names = listCases([suite], scale).map(({ name }) => name);
        expect(names.length).toBeGreaterThan(0);
        expect(new Set(names).size).toBe(names.length);
      }
    }
  });

  test("what runs in other processes is where the program looks for it", () => {
    const here = new URL("../../", import.meta.url);
    for (const path of ["peers/peers.py", "peers/engines.mjs", "peers/ceiling.c", "peers/requirements.txt", "bin/tutorial.mjs"]) {
      expect(existsSync(new URL(path, here))).toBe(true);
    }
  });
});
