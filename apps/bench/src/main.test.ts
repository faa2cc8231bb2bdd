import { expect, test } from "vitest";
import { runProgram } from "./testing.ts";

test("--help shows examples and the exit statuses, at every level", async () => {
  const { status, out, err } = await runProgram(["--help"]);
  expect({ status, err }).toEqual({ status: 0, err: "" });
  for (const part of ["lookup", "bench", "doctor", "Examples:", "130 interrupted"]) expect(out).toContain(part);
  expect((await runProgram(["lookup", "--help"])).out).toContain("--ids ids.npy --out rows.npy");
  expect((await runProgram(["bench", "lookup", "--help"])).out).toContain("--against <names>");
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

test("doctor names every backend of today and what it runs on", async () => {
  const { status, out } = await runProgram(["doctor"]);
  expect(status).toBe(0);
  expect(out).toContain(`Node ${process.versions.node}`);
  expect(out).toMatch(/^ok +cpu, WASM SIMD +WASM SIMD, /m);
  expect(out).toMatch(/^ok +cpu, plain TypeScript +plain TypeScript; /m);
  // It may be installed or not; in both cases it is told.
  expect(out).toMatch(/^(ok|missing) +TensorFlow\.js +.+/m);
});
