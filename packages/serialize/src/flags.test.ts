import { readFileSync, readdirSync } from "node:fs";
import { EmbeddingTable, InvalidArgumentError, setBackend } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  BackupAndRestore,
  ModelCheckpoint,
  checkpointBytes,
  exportTable,
  importTable,
  loadCheckpoint,
  saveCheckpoint,
  writeNpz,
} from "./index.ts";

let cpu: Backend;

beforeAll(async () => {
  cpu = await createCpuBackend();
  setBackend(cpu);
});

afterAll(() => {
  setBackend(undefined);
  cpu.dispose();
});

/** What a program without types may pass. */
const untyped = (options: unknown): never => options as never;
const table = (): EmbeddingTable => EmbeddingTable.from([[1, 2]]);
const nowhere = (): WritableStream<Uint8Array> => new WritableStream();

/** A call that takes a flag, by the flag's name. */
const calls: readonly (readonly [flag: string, call: string, (value: unknown) => unknown])[] = [
  ["deleteCheckpoint", "BackupAndRestore", (deleteCheckpoint) => new BackupAndRestore(untyped({ backupDir: "b", deleteCheckpoint }))],
  ["saveBestOnly", "ModelCheckpoint", (saveBestOnly) => new ModelCheckpoint(untyped({ filepath: "m", saveBestOnly }))],
  ["saveWeightsOnly", "ModelCheckpoint", (saveWeightsOnly) => new ModelCheckpoint(untyped({ filepath: "m", saveWeightsOnly }))],
  ["keepHalf", "importTable", (keepHalf) => importTable(new TextEncoder().encode("a 1 2\n"), untyped({ keepHalf }))],
  ["skipBadLines", "importTable", (skipBadLines) => importTable(new TextEncoder().encode("a 1 2\n"), untyped({ skipBadLines }))],
  ["gzip", "exportTable", (gzip) => exportTable(table(), nowhere(), untyped({ format: "npy", gzip }))],
  ["compress", "exportTable", (compress) => exportTable(table(), nowhere(), untyped({ format: "npz", compress }))],
  ["compress", "writeNpz", (compress) => writeNpz({}, nowhere(), untyped({ compress }))],
  ["compile", "saveCheckpoint", (compile) => saveCheckpoint(table(), nowhere(), untyped({ compile }))],
  ["optimizer", "checkpointBytes", (optimizer) => checkpointBytes(table(), untyped({ optimizer }))],
  ["partial", "loadCheckpoint", async (partial) => loadCheckpoint(await checkpointBytes(table()), untyped({ partial }))],
  ["compile", "loadCheckpoint", async (compile) => loadCheckpoint(await checkpointBytes(table()), untyped({ compile }))],
];

describe("a flag that is neither true nor false is refused", () => {
  it.each(calls)("%s of %s", async (flag, _call, call) => {
    for (const value of ["false", 1]) {
      const refused = (async (): Promise<unknown> => call(value))();
      await expect(refused).rejects.toThrow(InvalidArgumentError);
      await expect(refused).rejects.toThrow(`\`${flag}\` must be true or false. Received: ${flag}=${JSON.stringify(value)}.`);
    }
  });

  it("is so for every flag that there is", () => {
    // What a checkpoint says of a tensor is nobody's option.
    const facts = ["isTable"];
    const files = readdirSync(new URL(".", import.meta.url), { recursive: true, encoding: "utf8" });
    const flags = files
      .filter((file) => /(?<!\.test|\.d)\.ts$/.test(file))
      .flatMap((file) => [...readFileSync(new URL(file, import.meta.url), "utf8").matchAll(/readonly (\w+)\?: boolean/g)])
      .map(([, name = ""]) => name);
    expect(flags.length).toBeGreaterThan(10);
    const tested: readonly string[] = [...facts, ...calls.map(([flag]) => flag)];
    expect(flags.filter((flag) => !tested.includes(flag))).toEqual([]);
  });
});
