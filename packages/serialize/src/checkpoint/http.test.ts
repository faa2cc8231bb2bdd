import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CheckpointFormatError, FileAccessError, NDArray } from "@rowan/api";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { checkpointBytes, loadCheckpoint, openCheckpoint } from "../index.ts";

const values = new NDArray(
  Float32Array.from({ length: 400_000 }, (_, i) => i % 1013),
  [4000, 100],
);
/** A row. */
const bytesOf = ({ buffer, byteOffset }: ArrayBufferView, row: number): Uint8Array => new Uint8Array(buffer, byteOffset + 400 * row, 400);
let file: Uint8Array;
let server: Server | undefined;
let served = 0;

beforeAll(async () => {
  file = await checkpointBytes({ values });
});

afterEach(async () => {
  const open = server;
  server = undefined;
  served = 0;
  if (open) await new Promise((resolve) => open.close(resolve));
});

async function serve(ranges: boolean, change?: (bytes: Uint8Array, request: number) => Uint8Array): Promise<string> {
  let requests = 0;
  const made = createServer(({ headers: { range } }, response) => {
    const bytes = change?.(file, requests++) ?? file;
    const match = ranges ? /bytes=(\d+)-(\d+)/.exec(range ?? "") : null;
    const [from, to] = match ? [Number(match[1]), Number(match[2])] : [0, bytes.length - 1];
    const part = bytes.subarray(from, to + 1);
    served += part.length;
    if (match) response.writeHead(206, { "content-range": `bytes ${from}-${from + part.length - 1}/${bytes.length}` });
    response.end(part);
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}/values.rowan`;
}

describe("a server", () => {
  it("with ranges is asked only for what is read", async () => {
    const opened = await openCheckpoint(await serve(true));
    const rows = await opened.readRows("values", 3990, 3995);
    expect(rows.data).toEqual(values.data.subarray(399_000, 399_500));
    expect(served).toBeLessThan(64 * 1024 + 2 * 263_000);
    await opened.close();
  });

  it("gives rows in any order, repeated, over the ends of chunks, also when they take more than a block", async () => {
    const opened = await openCheckpoint(await serve(true));
    for (const count of [5, 30_000]) {
      // Rows 655 and 1310 lie over the end of a chunk.
      const ids = Int32Array.from({ length: count }, (_, i) => [3999, 655, 0, 1310, 655][i % 5] as number);
      const { data } = await opened.readRowsById("values", ids);
      for (const [i, id] of ids.entries())
        if (Buffer.compare(bytesOf(data, i), bytesOf(values.data, id)) !== 0) expect.fail(`row ${id} at place ${i} is another`);
    }
    await opened.close();
  });

  it("without ranges gives the whole, once", async () => {
    const url = await serve(false);
    const opened = await openCheckpoint(url);
    expect((await opened.readRows("values", 0, 2)).data).toEqual(values.data.subarray(0, 200));
    expect(served).toBe(file.length);
    await opened.close();
    expect((await loadCheckpoint(url, { as: "tensors" })).get("values")).toEqual(values);
  });

  it("that says no, breaks off, or changes the file meanwhile, is named", async () => {
    const url = await serve(true, (bytes, request) => (request === 0 ? bytes : bytes.subarray(0, -64)));
    const opened = await openCheckpoint(url);
    await expect(opened.readRows("values", 3000, 3001)).rejects.toThrow(FileAccessError);
    await opened.close();
    await new Promise((resolve) => server?.close(resolve));
    server = undefined;
    await expect(openCheckpoint(url)).rejects.toThrow("cannot be read");
    const half = await serve(false, (bytes) => bytes.subarray(0, 500_000));
    await expect(loadCheckpoint(half, { as: "tensors" })).rejects.toThrow(CheckpointFormatError);
  });
});
