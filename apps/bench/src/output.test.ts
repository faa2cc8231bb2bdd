import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OutputError } from "./failure.ts";
import { Output } from "./output.ts";

const program = fileURLToPath(new URL("../dist/rowan.js", import.meta.url));
const table = fileURLToPath(new URL("../../../packages/serialize/fixtures/numpy/float32-3x4.npy", import.meta.url));

/** A shell's standard output is what these tests are about. */
function shell(command: string): { status: number | null; err: string } {
  const { status, stderr } = spawnSync("bash", ["-o", "pipefail", "-c", command], { encoding: "utf8" });
  return { status, err: stderr };
}

describe.runIf(existsSync("/dev/full"))("the built program", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "rowan-output-"));
    writeFileSync(join(folder, "ids.txt"), "0\n1\n2\n".repeat(100_000));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const lookup = (): string => `"${process.execPath}" "${program}" lookup --table "${table}" --ids "${folder}/ids.txt" --out -`;

  test("says so when the disk behind standard output is full", () => {
    const { status, err } = shell(`${lookup()} > /dev/full`);
    expect(err).toMatch(/^rowan: standard output cannot be written: the disk is full\./);
    expect(status).toBe(5);
  });

  test("says so of help that nobody gets, and keeps the status where errors cannot be told", () => {
    const { status, err } = shell(`"${process.execPath}" "${program}" --help > /dev/full`);
    expect(err).toBe("rowan: standard output cannot be written: the disk is full. Free some space, or write elsewhere.\n");
    expect(status).toBe(5);
    expect(shell(`"${process.execPath}" "${program}" inspect no.npy 2> /dev/full`).status).toBe(5);
  });

  test("says so when nobody reads what it writes any more, and leaves no file", () => {
    const { status, err } = shell(`${lookup()} | head -n 1`);
    expect(err).toBe("rowan: standard output was closed before everything was written.\n");
    expect(status).toBe(5);
    expect(readdirSync(folder)).toEqual(["ids.txt"]);
  });
});

test("output waits for a slow reader, and interrupts a command when it fails", async () => {
  const waiting: ((error?: Error) => void)[] = [];
  const interrupt = new AbortController();
  const output = new Output({ write: (_text, done) => waiting.push(done) > 0, on: () => undefined }, interrupt);
  output.write("one");
  let isTaken = false;
  const flushed = output.flush().then(() => (isTaken = true));
  await Promise.resolve();
  expect(isTaken).toBe(false);
  waiting[0]?.();
  await flushed;
  expect(isTaken).toBe(true);

  output.write("two");
  waiting[1]?.(Object.assign(new Error("write ENOSPC"), { code: "ENOSPC" }));
  await expect(output.flush()).rejects.toThrow("standard output cannot be written: the disk is full.");
  expect(interrupt.signal.reason).toBeInstanceOf(OutputError);
});
