import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { IndexOutOfRangeError } from "@rowan/api";
import type { EmbeddingTable, InvalidIdPolicy } from "@rowan/api";
import { NpyWriter } from "@rowan/serialize";
import { FileError, InterruptedError, UsageError } from "../failure.ts";
import type { Progress } from "../progress.ts";
import type { TextStream } from "../terminal.ts";

/** How the ids of a line become one vector. */
export type BagMode = "mean" | "sum" | "sqrtn" | "max";

/** A lookup whose ids are lines of text. */
export interface TextLookupJob {
  readonly table: EmbeddingTable;
  readonly words: readonly string[] | undefined;
  /** A file, or `-` for standard input. */
  readonly ids: string;
  /** `.npy`, `.jsonl`, or `-` for standard output. */
  readonly out: string;
  readonly batch: number;
  readonly invalidIds: InvalidIdPolicy;
  /** One vector for each line, of all of its ids. Without it a line has one id. */
  readonly mode: BagMode | undefined;
  /** Whether lines hold words of the table instead of ids. */
  readonly byWord: boolean;
  readonly skipBadLines: boolean;
  readonly progress: Progress;
  readonly stdout: TextStream;
  readonly signal: AbortSignal;
}

/** What was done. */
export interface TextLookupResult {
  readonly rows: number;
  readonly badLines: number;
}

/** Where vectors go, a batch at a time. */
interface VectorSink {
  write(data: Float32Array, dim: number): Promise<void>;
  finish(): Promise<void>;
  abort(): Promise<void>;
}

/**
 * Looks up what the lines of a text name: an id or a word each, or with a mode several, apart by spaces or commas, or as a JSON array.
 *
 * @param job - The table, the lines, where the vectors go.
 * @throws FileError naming file and line of what is no id; IndexOutOfRangeError naming the line of an id that the table does not have.
 */
export async function runTextLookup(job: TextLookupJob): Promise<TextLookupResult> {
  if (job.byWord && !job.words) throw new UsageError("--words needs a table with words. Received: one without. Use ids.");
  const places = new Map((job.byWord ? (job.words ?? []) : []).map((word, id) => [word, id]));
  const rows = job.out.endsWith(".npy") ? await countRows(job, places) : 0;
  const sink = job.out.endsWith(".npy") ? await npySink(job.out, rows, job.table.outputDim) : jsonSink(job.out, job.stdout);
  try {
    const result = await lookUpLines(job, places, sink);
    await sink.finish();
    return result;
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

/** The header of a `.npy` file says how many rows follow: lines are counted before they are looked up. */
async function countRows(job: TextLookupJob, places: ReadonlyMap<string, number>): Promise<number> {
  if (job.ids === "-") throw new UsageError("--out file.npy needs a file of ids. Received: --ids -. Write to a .jsonl file or to -.");
  let rows = 0;
  for await (const { ids } of readLines(job, places)) if (ids) rows++;
  return rows;
}

async function lookUpLines(job: TextLookupJob, places: ReadonlyMap<string, number>, sink: VectorSink): Promise<TextLookupResult> {
  const { table, batch, signal } = job;
  let [rows, badLines] = [0, 0];
  let lines: { readonly ids: readonly number[]; readonly line: number }[] = [];
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return;
    if (signal.aborted) throw new InterruptedError();
    await sink.write(await lookUp(job, lines), table.outputDim);
    rows += lines.length;
    job.progress.update(rows);
    lines = [];
  };
  for await (const { ids, line } of readLines(job, places)) {
    if (ids) lines.push({ ids, line });
    else badLines++;
    if (lines.length === batch) await flush();
  }
  await flush();
  return { rows, badLines };
}

async function lookUp(
  { table, mode, invalidIds, ids: path }: TextLookupJob,
  lines: readonly { readonly ids: readonly number[]; readonly line: number }[],
): Promise<Float32Array> {
  const flat = lines.flatMap(({ ids }) => ids);
  try {
    if (mode === undefined) return (await table.lookup(flat, { invalidIds })).data as Float32Array;
    let end = 0;
    const offsets = Int32Array.from(lines, ({ ids }) => (end += ids.length) - ids.length);
    return (await table.lookupBags({ ids: Int32Array.from(flat), offsets, mode }, { invalidIds })).data as Float32Array;
  } catch (error) {
    const bad = lines.find(({ ids }) => ids.some((id) => id < 0 || id >= table.inputDim));
    if (!(error instanceof IndexOutOfRangeError) || !bad) throw error;
    const id = bad.ids.find((some) => some < 0 || some >= table.inputDim) as number;
    throw new IndexOutOfRangeError(
      `The ids in ${path} must be integers from 0 to ${table.inputDim - 1}. Received: ${id} in line ${bad.line}. Correct it, or pass --invalid-ids clip or --invalid-ids zero.`,
    );
  }
}

interface Line {
  /** Undefined where the line was passed over. */
  readonly ids: readonly number[] | undefined;
  readonly line: number;
}

async function* readLines(job: TextLookupJob, places: ReadonlyMap<string, number>): AsyncGenerator<Line> {
  const input = job.ids === "-" ? process.stdin : createReadStream(job.ids);
  const name = job.ids === "-" ? "standard input" : job.ids;
  let line = 0;
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    line++;
    if (job.signal.aborted) throw new InterruptedError();
    const parts = splitLine(text);
    // Without a mode a line must have one id; an empty line, as many texts end with, has none.
    if (parts.length === 0 && job.mode === undefined) continue;
    const ids = parts.map((part) => (job.byWord ? (places.get(part) ?? NaN) : /^[+-]?\d+$/.test(part) ? toId(part) : NaN));
    const bad = ids.findIndex(Number.isNaN);
    if (bad < 0 && (job.mode !== undefined || ids.length === 1)) {
      yield { ids, line };
      continue;
    }
    if (!job.skipBadLines) {
      const wanted = job.byWord ? "a word of the table" : "an integer";
      const received =
        bad < 0
          ? `${ids.length} of them. Pass --mode mean to make them one vector.`
          : `${JSON.stringify(parts[bad])}. Pass --skip-bad-lines to go on without such lines.`;
      throw new FileError(`${name}, line ${line}: there must be ${wanted}. Received: ${received}`);
    }
    yield { ids: undefined, line };
  }
}

/** An id that int32 cannot hold becomes one that no table has either. */
function toId(text: string): number {
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Number(text)));
}

/** `3`, `3 4 5`, `3,4,5`, `[3, 4, 5]`, `["a", "b"]`. */
function splitLine(text: string): string[] {
  const trimmed = text.trim();
  if (trimmed.startsWith("[") || trimmed.startsWith('"')) {
    try {
      const value: unknown = JSON.parse(trimmed);
      return (Array.isArray(value) ? value : [value]).map(String);
    } catch {
      return [trimmed];
    }
  }
  return trimmed.split(/[\s,;]+/).filter((part) => part !== "");
}

async function npySink(path: string, rows: number, dim: number): Promise<VectorSink> {
  const writer = await NpyWriter.create(path, "<f4", [rows, dim]);
  return { write: (data) => writer.write(data), finish: () => writer.finish(), abort: () => writer.abort() };
}

/** A JSON array a line; a file appears under its name when it is complete. */
function jsonSink(path: string, stdout: TextStream): VectorSink {
  const format = (data: Float32Array, dim: number): string => {
    let text = "";
    for (let at = 0; at < data.length; at += dim) text += `${JSON.stringify([...data.subarray(at, at + dim)])}\n`;
    return text;
  };
  if (path === "-") {
    const nothing = (): Promise<void> => Promise.resolve();
    return {
      write: async (data, dim) => {
        stdout.write(format(data, dim));
        await stdout.flush?.();
      },
      finish: nothing,
      abort: nothing,
    };
  }
  const part = `${path}.part`;
  const stream = createWriteStream(part);
  let failed: Error | undefined;
  stream.on("error", (error) => (failed = error));
  return {
    async write(data, dim) {
      if (failed) throw failed;
      if (!stream.write(format(data, dim))) await once(stream, "drain");
    },
    async finish() {
      stream.end();
      if (!stream.closed) await once(stream, "close");
      if (failed) throw failed;
      await rename(part, path);
    },
    async abort() {
      stream.destroy();
      await rm(part, { force: true });
    },
  };
}
