import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CheckpointFormatError, FileAccessError, setBackend } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { importTable, loadCheckpoint, openCheckpoint } from "../index.ts";
import { CheckpointPlan } from "./checkpoint-writer.ts";
import type { Content, TensorToWrite } from "./checkpoint-writer.ts";

/** 64 GiB, as the header says. */
const rows = 2 ** 24;
const dim = 1024;
/** What there is of it. */
const sent = 3 * 2 ** 20;

let backend: Backend;
let taken = 0;
let server: Server | undefined;

beforeEach(async () => {
  backend = await createCpuBackend();
  setBackend(backend);
  taken = 0;
  const allocate = backend.allocate.bind(backend);
  vi.spyOn(backend, "allocate").mockImplementation((dtype, size) => {
    taken += size * (dtype === "float32" || dtype === "int32" ? 4 : 1);
    return allocate(dtype, size);
  });
});

afterEach(async () => {
  setBackend(undefined);
  backend.dispose();
  vi.restoreAllMocks();
  const open = server;
  server = undefined;
  if (open) {
    open.closeAllConnections();
    await new Promise((resolve) => open.close(resolve));
  }
});

const repeated = (length: number): TensorToWrite["bytes"] => ({
  length,
  copy: (into) => {
    into.fill(1);
  },
});

const floats: TensorToWrite = {
  name: "huge",
  dtype: "float32",
  shape: [rows, dim],
  quantization: undefined,
  bytes: repeated(4 * rows * dim),
};
const integers: TensorToWrite[] = [
  { name: "huge", dtype: "int8", shape: [rows, dim], quantization: { scales: "s", zeros: "", blockSize: 0 }, bytes: repeated(rows * dim) },
  { name: "s", dtype: "float32", shape: [rows], quantization: undefined, bytes: repeated(4 * rows) },
];

/** The beginning of a checkpoint that would be huge: all of its checksums are right. */
async function beginning(content: Pick<Content, "table" | "tensors">): Promise<Uint8Array> {
  const plan = await CheckpointPlan.make(
    { model: undefined, notes: [], assets: [], ...content },
    { compression: "none", chunkBytes: 262_144 },
  );
  const parts: Uint8Array[] = [];
  let left = sent;
  const writing = plan.writeFile({
    write: (bytes) => {
      parts.push(bytes.slice(0, left));
      left -= Math.min(left, bytes.length);
      return left > 0 ? Promise.resolve() : Promise.reject(new Error("enough"));
    },
    commit: () => Promise.resolve(),
    abort: () => Promise.resolve(),
  });
  await expect(writing).rejects.toThrow("enough");
  return Buffer.concat(parts);
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 60_000) yield await Promise.resolve(bytes.subarray(at, at + 60_000));
}

async function serve(
  bytes: Uint8Array,
  head: (range: string | undefined) => [status: number, headers: Record<string, string>],
): Promise<string> {
  const made = createServer(({ headers: { range } }, response) => {
    const [status, headers] = head(range);
    const [from, to] = (/bytes=(\d+)-(\d+)/.exec(status === 206 ? (range ?? "") : "") ?? ["", "0", String(bytes.length)])
      .slice(1)
      .map(Number);
    response.writeHead(status, headers);
    response.write(bytes.subarray(from, (to as number) + 1), () => response.socket?.destroySoon());
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}/huge.rowan`;
}

/** What the header says of the length of the whole file. */
function sizeOf(bytes: Uint8Array): number {
  const header = new DataView(bytes.buffer, bytes.byteOffset).getUint32(12, true);
  return Math.ceil((64 + header) / 64) * 64 + (rows * dim * 4 * (262_144 + 64)) / 262_144 + 64;
}

/** Memory that a refusal may have cost: twice what was there, and blocks to read into. */
const allowed = 2 * sent + 16 * 2 ** 20;

async function costOf(work: () => Promise<unknown>): Promise<unknown> {
  const before = process.memoryUsage().arrayBuffers;
  const error: unknown = await work().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(allowed);
  expect(taken).toBeLessThan(allowed);
  return error;
}

describe("a header that promises 64 GiB, with three MiB behind it, takes no more memory than that", () => {
  const table = { table: { tensor: "huge" } };
  it.each([
    ["a table", { ...table, tensors: [floats] }],
    ["a quantized table", { ...table, tensors: integers }],
    ["arrays", { table: undefined, tensors: [floats] }],
    [
      "arrays behind hundreds of others",
      { table: undefined, tensors: Array.from({ length: 300 }, (_, i) => ({ ...floats, name: `${i}` })) },
    ],
  ] as [string, Pick<Content, "table" | "tensors">][])("in a stream, as %s", async (_name, content) => {
    const bytes = await beginning(content);
    expect(await costOf(() => loadCheckpoint(inPieces(bytes)))).toBeInstanceOf(CheckpointFormatError);
    expect(await costOf(() => loadCheckpoint(bytes))).toBeInstanceOf(CheckpointFormatError);
    expect(await costOf(() => importTable(inPieces(bytes), { tensor: content.tensors[0]?.name ?? "" }))).toBeInstanceOf(
      CheckpointFormatError,
    );
  });

  it("from a server that says what it likes of its length", async () => {
    const bytes = await beginning({ table: { tensor: "huge" }, tensors: [floats] });
    const total = sizeOf(bytes);
    const whole = await serve(bytes, () => [200, { "content-length": String(total) }]);
    expect(await costOf(() => loadCheckpoint(whole))).toBeInstanceOf(FileAccessError);
    server?.closeAllConnections();
    const ranges = await serve(bytes, (range) => {
      const [, from, to] = /bytes=(\d+)-(\d+)/.exec(range ?? "") ?? [];
      return [206, { "content-range": `bytes ${from}-${to}/${total}` }];
    });
    const file = await openCheckpoint(ranges);
    expect(await costOf(() => file.readTensor("huge"))).toBeInstanceOf(Error);
    const ids = Int32Array.from({ length: 2 ** 20 }, (_, i) => i * 16);
    expect(await costOf(() => file.readRowsById("huge", ids))).toBeInstanceOf(Error);
    await file.close();
    expect(await costOf(() => importTable(ranges))).toBeInstanceOf(Error);
  });

  it("from a server, by the numbers of rows that would be huge", async () => {
    const wide = { ...floats, shape: [64, (rows * dim) / 64] };
    const bytes = await beginning({ table: { tensor: "huge" }, tensors: [wide] });
    const total = sizeOf(bytes);
    const file = await openCheckpoint(
      await serve(bytes, (range) => {
        const [, from, to] = /bytes=(\d+)-(\d+)/.exec(range ?? "") ?? [];
        return [206, { "content-range": `bytes ${from}-${to}/${total}` }];
      }),
    );
    for (const ids of [[0], [63, 0, 0], [3, 3]]) expect(await costOf(() => file.readRowsById("huge", ids))).toBeInstanceOf(FileAccessError);
    expect(await costOf(() => file.rows().lookup([1, 0]))).toBeInstanceOf(FileAccessError);
    await file.close();
  });
});

describe("a compressed checkpoint", () => {
  it("of nothing but zeros is opened only by who trusts it", async () => {
    const zeros = { ...floats, shape: [40_000, dim], bytes: { length: 4 * 40_000 * dim, copy: (into: Uint8Array) => void into.fill(0) } };
    const content = { model: undefined, notes: [], assets: [], table: { tensor: "huge" }, tensors: [zeros] };
    const plan = await CheckpointPlan.make(content, { compression: "deflate", chunkBytes: 262_144 });
    const parts: Uint8Array[] = [];
    await plan.writeFile({
      write: (bytes) => {
        parts.push(bytes.slice());
        return Promise.resolve();
      },
      commit: () => Promise.resolve(),
      abort: () => Promise.resolve(),
    });
    const bytes = Buffer.concat(parts);
    const error = await costOf(() => loadCheckpoint(bytes));
    expect(error).toBeInstanceOf(CheckpointFormatError);
    expect(String(error)).toContain("in the header of the bytes, from byte 64 on. If you trust it, pass a larger { maxExpansion }");
    const file = await openCheckpoint(bytes, { maxExpansion: 1000 });
    expect((await file.readRows("huge", 39_999, 40_000)).data).toEqual(new Float32Array(dim));
    await file.close();
    await expect(openCheckpoint(bytes, { maxExpansion: 0 })).rejects.toThrow("maxExpansion");
  });
});
