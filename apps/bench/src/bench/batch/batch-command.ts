import { mkdtemp, rm, statfs, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { parseCount } from "../../arguments.ts";
import { UsageError } from "../../failure.ts";
import { formatCount, formatSeconds, formatTable } from "../../format.ts";
import { checkOut } from "../../files/check-out.ts";
import { noteUnfinished } from "../../interruption/unfinished.ts";
import type { Surroundings } from "../../terminal.ts";
import { describeMachine, isBusy } from "../machine.ts";
import { formatMachine } from "../report.ts";
import { writeInputs } from "./batch-inputs.ts";
import type { BatchSize } from "./batch-inputs.ts";
import { poolRate, rawWriteRate, runProgram } from "./batch-rates.ts";
import type { ProgramRun } from "./batch-rates.ts";

interface BatchOptions {
  readonly rows: number;
  readonly dim: number;
  readonly ids: number;
  readonly threads: number;
  readonly folder: string;
  readonly json?: string;
  readonly quick?: boolean;
}

const examples = `
Examples:
  rowan bench batch
  rowan bench batch --ids 10000000 --folder /mnt/disk --json batch.json

The folder needs room for the table, the ids and the vectors: what is written to time the disk is removed before they are.`;

const quickSize: BatchSize = { rows: 1000, dim: 16, ids: 100_000 };

/**
 * Makes `rowan bench batch`.
 *
 * @param surroundings - Where it prints, and what ends it.
 */
export function batchCommand(surroundings: Surroundings): Command {
  return new Command("batch")
    .summary("rowan lookup from .npy to .npy, beside the disk and the pool alone")
    .description("Time the built program from file to file, and what bounds it: plain writing to the same disk, and the pool alone.")
    .option("--rows <n>", "rows of the table", parseCount, 1_000_000)
    .option("--dim <n>", "values in a row", parseCount, 64)
    .option("--ids <n>", "ids that are looked up", parseCount, 100_000_000)
    .option("--threads <n>", "worker threads", parseCount, availableParallelism())
    .option("--folder <folder>", "on the disk that is meant", tmpdir())
    .option("--json <file>", "write the results to a file, too")
    .option("--quick", "a tiny size: whether everything runs, not how fast")
    .addHelpText("after", examples)
    .action(async (options: BatchOptions) => {
      const size = options.quick === true ? quickSize : options;
      await checkOut(join(options.folder, "table.npy"));
      if (options.json !== undefined) await checkOut(options.json);
      const folder = await mkdtemp(join(resolve(options.folder), "rowan-bench-batch-"));
      const forget = noteUnfinished(folder);
      try {
        await checkRoom(folder, size);
        await measureBatch(folder, size, options, surroundings);
      } finally {
        await rm(folder, { recursive: true, force: true });
        forget();
      }
    });
}

async function checkRoom(folder: string, { rows, dim, ids }: BatchSize): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const [needed, free] = [(rows * dim + ids + ids * dim) * 4, bavail * bsize];
  if (needed < free * 0.95) return;
  throw new UsageError(
    `the folder must have room for ${formatCount(needed)} bytes. Received: ${formatCount(free)}. Pass fewer --ids, or another --folder.`,
  );
}

async function measureBatch(folder: string, size: BatchSize, options: BatchOptions, { stdout, signal }: Surroundings): Promise<void> {
  const { threads, json, quick } = options;
  const machine = describeMachine();
  stdout.write(`${formatMachine(machine)}\n`);
  stdout.write(`A table of ${formatCount(size.rows)} x ${size.dim}, ${formatCount(size.ids)} ids, ${threads} threads.\n`);
  if (quick === true) stdout.write("A tiny size, to see that everything runs: these times say nothing.\n");
  else if (isBusy(machine)) stdout.write("Other programs are at work on this machine: the numbers will be rough.\n");
  const files = await writeInputs(folder, size, signal);
  const rowBytes = size.dim * 4;
  const pool = await poolRate(files, threads, Math.min(size.ids, 1 << 25), signal);
  const write = async (flushing: "end" | "beside"): Promise<number> => {
    const rate = await rawWriteRate(files.out, size.ids * rowBytes, size.dim, flushing, signal);
    return rate / rowBytes;
  };
  // Where a disk or a memory is virtual, who writes first waits for it to be made: nobody is timed then.
  await write("end");
  const end = await write("end");
  const program = await runProgram(files, threads, signal);
  await rm(files.out);
  const disk = { end, beside: await write("beside") };
  const results = summarise(size, { pool, disk, program });
  stdout.write(`\n${formatResults(size, results)}`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ benchmark: "rowan bench batch", machine, size, results }, null, 2)}\n`);
}

interface Results {
  /** Rows a second. */
  readonly pool: number;
  /** Plain writing, flushed at the end or beside further writing. */
  readonly disk: { readonly end: number; readonly beside: number };
  readonly program: number;
  /** Its rows by the time of the whole process: start, table, lookup, flush. */
  readonly process: number;
  readonly processSeconds: number;
  /** The program by the slower of the pool and the disk. */
  readonly share: number;
  readonly processShare: number;
  readonly peakMemoryBytes: number;
  /** Beside the table. */
  readonly memoryBesideTable: number;
}

function summarise(
  { rows, dim }: BatchSize,
  { pool, disk, program }: Pick<Results, "pool" | "disk"> & { readonly program: ProgramRun },
): Results {
  const bound = Math.min(pool, Math.max(disk.end, disk.beside));
  const whole = program.rows / program.wholeSeconds;
  return {
    pool,
    disk,
    program: program.rowsPerSecond,
    process: whole,
    processSeconds: program.wholeSeconds,
    share: program.rowsPerSecond / bound,
    processShare: whole / bound,
    peakMemoryBytes: program.peakMemoryBytes,
    memoryBesideTable: program.peakMemoryBytes - rows * dim * 4,
  };
}

function formatResults({ dim }: BatchSize, results: Results): string {
  const line = (name: string, rate: number): string[] => [name, formatCount(rate), ((rate * dim * 4) / 1e6).toFixed(0), ""];
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
  return (
    formatTable([
      ["", "rows/s", "MB/s", "of the slower"],
      line("the pool alone", results.pool),
      line("plain writing, flushed at the end", results.disk.end),
      line("plain writing, flushed beside it", results.disk.beside),
      [...line("rowan lookup", results.program).slice(0, 3), results.share.toFixed(2)],
      [...line("its whole process", results.process).slice(0, 3), results.processShare.toFixed(2)],
    ]) +
    `The process took ${formatSeconds(results.processSeconds)} and at most ${mebibytes(results.peakMemoryBytes)} of memory: the table and ${mebibytes(results.memoryBesideTable)}.\n`
  );
}
