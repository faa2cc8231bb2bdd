import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { createCpuBackend } from "@rowan/backend-cpu";
import { LookupPool } from "@rowan/runtime";
import { InterruptedError } from "../../failure.ts";
import { NpySource } from "../../ids/npy-source.ts";
import { readTable } from "../../lookup/read-table.ts";
import type { BatchFiles } from "./batch-inputs.ts";

/** As much is written or looked up at once as `rowan lookup` does. */
const batch = 1 << 15;

/** After so many bytes they are sent on to the disk, beside further writing. */
const flushBytes = 1 << 28;

/**
 * Writes plain bytes to the disk and flushes them: how fast that is, in bytes a second. The file is removed.
 *
 * @param path - The file.
 * @param bytes - How many.
 * @param dim - Pieces are as large as a batch of vectors of so many values.
 * @param flushing - `"end"`: once all are written, as `dd conv=fsync` does; `"beside"`: piece after piece, too.
 * @param signal - Ends it.
 */
export async function rawWriteRate(
  path: string,
  bytes: number,
  dim: number,
  flushing: "end" | "beside",
  signal: AbortSignal,
): Promise<number> {
  const piece = new Uint8Array(batch * dim * 4).map((_, i) => i % 251);
  const start = performance.now();
  const file = await open(path, "w");
  // A flush cannot be ended, but it has nothing left to do when the bytes are gone.
  const drop = (): void => void file.truncate(0).catch(() => undefined);
  signal.addEventListener("abort", drop);
  try {
    let flushed = 0;
    let flush: Promise<void> | undefined;
    for (let at = 0; at < bytes; at += piece.length) {
      if (signal.aborted) throw new InterruptedError();
      await file.write(piece, 0, Math.min(piece.length, bytes - at), at);
      if (flushing === "end" || at - flushed < flushBytes) continue;
      await flush;
      flushed = at;
      flush = file.datasync();
    }
    await flush;
    await file.sync();
    if (signal.aborted) throw new InterruptedError();
  } finally {
    signal.removeEventListener("abort", drop);
    await file.close();
  }
  const seconds = (performance.now() - start) / 1000;
  await rm(path);
  return bytes / seconds;
}

/**
 * Looks all ids up with a pool whose results go nowhere: how many rows a second.
 *
 * @param files - The table and the ids.
 * @param threads - Worker threads.
 * @param count - How many of the ids.
 * @param signal - Ends it.
 */
export async function poolRate(files: BatchFiles, threads: number, count: number, signal: AbortSignal): Promise<number> {
  const backend = await createCpuBackend();
  const table = await readTable(files.table, backend);
  const pool = await LookupPool.create(table, { threads });
  const source = await NpySource.open(files.ids, { size: batch, isBag: false, weights: undefined });
  try {
    let done = 0;
    const start = performance.now();
    const parts = async function* (): AsyncGenerator<Int32Array> {
      for await (const { ids } of source.batches()) {
        if (done >= count) return;
        if (signal.aborted) throw new InterruptedError();
        yield ids;
      }
    };
    for await (const rows of pool.lookupStream(parts(), { reuse: true, ahead: 1 })) done += rows.shape[0] ?? 0;
    return done / ((performance.now() - start) / 1000);
  } finally {
    await source.close();
    await pool.close();
    backend.dispose();
  }
}

/** What a run of the built program said of itself. */
export interface ProgramRun {
  readonly rows: number;
  readonly rowsPerSecond: number;
  /** With the program's start, the table's reading and the last flush. */
  readonly wholeSeconds: number;
  readonly threads: number;
  readonly peakMemoryBytes: number;
}

/**
 * Runs the built program on the files.
 *
 * @param files - What it reads and writes.
 * @param threads - Worker threads.
 * @param signal - Ends it.
 */
export async function runProgram({ table, ids, out }: BatchFiles, threads: number, signal: AbortSignal): Promise<ProgramRun> {
  const root = dirname(createRequire(import.meta.url).resolve("@rowan/bench/package.json"));
  const args = ["lookup", "--table", table, "--ids", ids, "--out", out, "--threads", String(threads), "--json"];
  const start = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, "dist/rowan.js"), ...args], { signal, killSignal: "SIGINT" });
  const run = JSON.parse(stdout) as ProgramRun;
  return { ...run, wholeSeconds: (performance.now() - start) / 1000 };
}
