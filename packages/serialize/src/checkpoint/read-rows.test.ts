import fs, { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointFormatError } from "@rowan/api";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { openCheckpoint } from "../index.ts";
import { align, alignment } from "../format/constants.ts";
import { sealFrame } from "../format/frame.ts";
import { CheckpointPlan } from "./checkpoint-writer.ts";

const folder = mkdtempSync(join(tmpdir(), "rowan-rows-"));
const path = join(folder, "two-gib.rowan");
const rows = 2 ** 23;
const dim = 64;
const rowBytes = 4 * dim;
const chunkBytes = 262_144;
const chunks = (rows * rowBytes) / chunkBytes;
/** The first rows that are read: at the beginning, over the end of a chunk, in the middle, at the very end. */
const starts = [0, 500, rows / 2 + 1, rows - 1000];
const asked = 1000;

/** A checkpoint of 2 GiB of which only the chunks are on the disk that are read: the rest is a hole. */
beforeAll(async () => {
  const bytes = { length: rows * rowBytes, copy: (): void => undefined };
  const tensor = { name: "vectors", dtype: "float32", shape: [rows, dim], quantization: undefined, bytes } as const;
  const content = { model: undefined, notes: [], assets: [], table: { tensor: "vectors" }, tensors: [tensor] };
  const plan = await CheckpointPlan.make(content, { compression: "none", chunkBytes });
  let head = new Uint8Array();
  const writing = plan.writeFile({
    write: (block) => {
      head = block.slice(0, 4096);
      return Promise.reject(new Error("enough"));
    },
    commit: () => Promise.resolve(),
    abort: () => Promise.resolve(),
  });
  await expect(writing).rejects.toThrow("enough");
  const start = align(alignment + new DataView(head.buffer).getUint32(12, true));
  const file = openSync(path, "w");
  writeSync(file, head, 0, start, 0);
  for (const first of starts) {
    for (let chunk = Math.floor((first * rowBytes) / chunkBytes); chunk * chunkBytes < (first + asked) * rowBytes; chunk++) {
      const frame = new Uint8Array(alignment + chunkBytes);
      const values = new Float32Array(frame.buffer, alignment);
      for (let i = 0; i < values.length; i++) values[i] = chunk * (chunkBytes / rowBytes) + Math.floor(i / dim);
      sealFrame(frame, { entry: 0, chunk, rawLength: chunkBytes, storedLength: chunkBytes });
      writeSync(file, frame, 0, frame.length, start + chunk * frame.length);
    }
  }
  ftruncateSync(file, start + chunks * (alignment + chunkBytes) + alignment);
  closeSync(file);
});

afterEach(() => {
  vi.restoreAllMocks();
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Counts what is asked of the system. */
function countReads(): { bytes: number; times: number } {
  const count = { bytes: 0, times: 0 };
  const read = fs.read.bind(fs) as (...args: unknown[]) => void;
  const counting = (...args: unknown[]): void => {
    count.bytes += args[3] as number;
    count.times++;
    read(...args);
  };
  vi.spyOn(fs, "read").mockImplementation(counting);
  return count;
}

describe("of a checkpoint of 2 GiB", () => {
  it("opening reads the header alone", async () => {
    expect(statSync(path).size).toBeGreaterThan(2 ** 31);
    const count = countReads();
    await (await openCheckpoint(path)).close();
    expect(count.bytes).toBeLessThan(4096);
  });

  it.each(starts)("a thousand rows from row %i on cost at most one MiB beyond them, in one read", async (start) => {
    const file = await openCheckpoint(path);
    const count = countReads();
    const { data, shape } = await file.readRows("vectors", start, start + asked);
    expect(count.bytes - asked * rowBytes).toBeLessThanOrEqual(2 ** 20);
    expect(count.times).toBe(1);
    expect(shape).toEqual([asked, dim]);
    expect([data[0], data.at(-1)]).toEqual([start, start + asked - 1]);
    // Rows by their numbers cost no more where they lie together.
    const before = count.bytes;
    await file.readRowsById(
      "vectors",
      Int32Array.from({ length: asked }, (_, i) => start + i),
    );
    expect(count.bytes - before - asked * rowBytes).toBeLessThanOrEqual(2 ** 20);
    await file.close();
  });

  it("rows whose chunk is not what was written are refused", async () => {
    const file = await openCheckpoint(path);
    await expect(file.readRows("vectors", 2 ** 20, 2 ** 20 + 1)).rejects.toThrow(CheckpointFormatError);
    await file.close();
  });
});
