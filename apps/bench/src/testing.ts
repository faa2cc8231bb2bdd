import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { formatNpyHeader } from "@rowan/serialize";
import { afterAll } from "vitest";
import { main } from "./main.ts";

/** What a run of the program printed, and how it ended. */
export interface Run {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs the program inside of the test.
 *
 * @param args - Its arguments.
 * @param signal - Ends it as Ctrl-C would.
 */
export async function runProgram(args: readonly string[], signal: AbortSignal = new AbortController().signal): Promise<Run> {
  const printed = { out: "", err: "" };
  const status = await main(args, {
    stdout: { write: (text) => (printed.out += text) },
    stderr: { write: (text) => (printed.err += text) },
    signal,
  });
  return { status, ...printed };
}

/** A file that NumPy wrote. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../../packages/serialize/fixtures/numpy/${name}`, import.meta.url));
}

const folders: string[] = [];
// It runs when the tests of a file and their own hooks are done.
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder; it is removed when the tests of the file are done. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "rowan-bench-test-"));
  folders.push(folder);
  return folder;
}

/** Writes a `.npy` file at one go. */
export function writeNpy(path: string, descr: string, shape: readonly number[], values: ArrayBufferView): string {
  writeFileSync(path, Buffer.concat([formatNpyHeader(descr, shape), new Uint8Array(values.buffer, values.byteOffset, values.byteLength)]));
  return path;
}
