import { beforeEach, describe, expect, test, vi } from "vitest";
import { commands } from "./commands.ts";
import { makeFolder, runProgram } from "./testing.ts";

test("--help shows examples and the exit statuses, at every level", async () => {
  const { status, out, err } = await runProgram(["--help"]);
  expect({ status, err }).toEqual({ status: 0, err: "" });
  for (const part of ["lookup", "bench", "doctor", "Examples:", "130 interrupted"]) expect(out).toContain(part);
  expect((await runProgram(["lookup", "--help"])).out).toContain("--ids ids.npy --out rows.npy");
  expect((await runProgram(["bench", "lookup", "--help"])).out).toContain("--against <names>");
});

test("every command has examples in its help", async () => {
  for (const { name } of commands) expect((await runProgram([name, "--help"])).out, name).toContain("Examples:");
});

test("help COMMAND is COMMAND --help", async () => {
  for (const words of [[], ["train"]]) expect(await runProgram(["help", ...words])).toEqual(await runProgram([...words, "--help"]));
});

test("--version is that of the package", async () => {
  expect(await runProgram(["--version"])).toEqual({ status: 0, out: "0.1.0\n", err: "" });
});

test.each([
  [["lokup"], "unknown command 'lokup' (Did you mean lookup?)"],
  [["lookup", "--table", "a.npy"], "required option '--ids <file>' not specified"],
  [["lookup"], "required option '--table <file>' not specified"],
  [["lookup", "--tabel", "x"], "unknown option '--tabel' (Did you mean --table?)"],
  [["bench", "lookup", "--against", "abacus"], "It must be of js, tfjs"],
  [["doctor", "now"], "too many arguments"],
  [["help", "lokup"], "the command must be one of lookup, train, "],
])("%j is wrong usage, in one line", async (args, message) => {
  const { status, out, err } = await runProgram(args);
  expect({ status, out }).toEqual({ status: 2, out: "" });
  expect(err).toMatch(/^rowan: [^\n]+\n$/);
  expect(err).toContain(message);
});

test("without a command the help is what was missing", async () => {
  const { status, out } = await runProgram([]);
  expect(status).toBe(2);
  expect(out).toContain("Usage: rowan");
});

test("--verbose adds where an error came from", async () => {
  const { err } = await runProgram(["lookup", "--table", "a.npy", "--ids", "nowhere.npy", "--out", "b.npy", "--verbose"]);
  expect(err).toMatch(/^rowan: nowhere\.npy does not exist\.\n/);
  expect(err.split("\n").length).toBeGreaterThan(2);
});

describe("doctor", () => {
  beforeEach(() => {
    vi.stubEnv("ROWAN_CACHE", makeFolder());
    return () => vi.unstubAllEnvs();
  });

  test("names every backend of today, what it runs on, and whom selectBackend takes", async () => {
    const { status, out } = await runProgram(["doctor"]);
    expect(status).toBe(0);
    expect(out).toContain(`Node ${process.versions.node}`);
    expect(out).toMatch(
      /^ok +cpu +WASM SIMD, shared memory(, native kernels)?; processor; tables of up to [\d.]+ GiB; \S+ million rows\/s$/m,
    );
    expect(out).toMatch(/^ok +plain +plain TypeScript; processor; /m);
    // It may be installed or not; in both cases it is told.
    expect(out).toMatch(/^(ok|missing) +\(TensorFlow\.js\) +.+/m);
    expect(out).toContain("ROWAN_BACKEND is not set");
    expect(out).toMatch(/^Chosen: \S+ .*, for lookups of 1024 ids in a table of 100000 x 64\.$/m);
    expect(out).toMatch(/^Chosen: \S+ .*, for training steps of 1024 ids/m);
  });

  test("says all of it as JSON", async () => {
    const { status, out, err } = await runProgram(["doctor", "--json"]);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const report = JSON.parse(out) as { node: string; backends: { name: string; available: boolean }[]; choices: Record<string, string> };
    expect(report.node).toBe(process.versions.node);
    expect(report.backends).toContainEqual(expect.objectContaining({ name: "cpu", available: true }));
    expect(report.choices["lookup"]).toMatch(/^Chosen: /);
  });

  test("says what ROWAN_BACKEND does", async () => {
    vi.stubEnv("ROWAN_BACKEND", "plain");
    expect((await runProgram(["doctor"])).out).toContain(
      "Chosen: plain (plain TypeScript): the environment variable ROWAN_BACKEND names it.",
    );
  });
});
