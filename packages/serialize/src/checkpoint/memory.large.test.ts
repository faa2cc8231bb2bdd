import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { EmbeddingTable } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { afterAll, expect, it } from "vitest";
import { loadCheckpoint, saveCheckpoint } from "../index.ts";

const folder = mkdtempSync(join(tmpdir(), "rowan-memory-"));
const path = join(folder, "table.rowan");
const mebibyte = 2 ** 20;
const tableBytes = 2048 * mebibyte;

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fromSystem(field: "VmRSS" | "VmHWM"): number {
  return 1024 * Number(new RegExp(`${field}:\\s*(\\d+) kB`).exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
}

/** Bytes that the process grows at most: the system's own count, which begins anew (proc(5)). */
async function peak(work: () => Promise<unknown>): Promise<number> {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  writeFileSync("/proc/self/clear_refs", "5");
  const before = fromSystem("VmRSS");
  await work();
  return fromSystem("VmHWM") - before;
}

it.runIf(process.platform === "linux")(
  "a checkpoint of 2 GiB is saved and loaded with 64 MiB beside the table",
  { timeout: 300_000 },
  async () => {
    const saver = await createCpuBackend();
    const table = EmbeddingTable.create({ inputDim: tableBytes / 256, outputDim: 64, initializer: "uniform", seed: 3, backend: saver });
    // Its initial values are made now.
    const [first] = (await table.lookup([0])).data;
    expect(await peak(() => saveCheckpoint(table, path))).toBeLessThanOrEqual(64 * mebibyte);
    expect(await peak(() => saveCheckpoint(table, path, { shardBytes: 256 * mebibyte }))).toBeLessThanOrEqual(64 * mebibyte);
    await saveCheckpoint(table, path);
    saver.dispose();
    const loader = await createCpuBackend();
    let loaded: EmbeddingTable | undefined;
    const load = async (): Promise<void> => {
      loaded = await loadCheckpoint(path, { as: "table", backend: loader });
    };
    expect((await peak(load)) - tableBytes).toBeLessThanOrEqual(64 * mebibyte);
    expect((await loaded?.lookup([0]))?.data[0]).toBe(first);
    loader.dispose();
  },
);
