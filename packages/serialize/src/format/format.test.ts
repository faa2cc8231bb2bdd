import { deflateSync } from "node:zlib";
import { CheckpointFormatError } from "@rowan/api";
import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../checkpoint/open.ts";
import { inflate } from "../io/compression.ts";
import { numbers, sampleFile, sampleShards } from "../testing/sample-files.ts";
import { align, alignment } from "./constants.ts";
import { crc32, plainCrc32 } from "./crc32.ts";
import { decodeHeader, encodeHeader } from "./header-codec.ts";
import type { Header } from "./header.ts";
import { fileNameFault, nameFault } from "./names.ts";
import { checkHeader } from "./check-header.ts";
import { makePrelude } from "./prelude.ts";

function headerOf(file: Uint8Array): Header {
  return decodeHeader(file.subarray(64, 64 + new DataView(file.buffer, file.byteOffset).getUint32(12, true)));
}

/** The file with another header, whose checksums are right. */
function withHeader(file: Uint8Array, header: Header): Uint8Array {
  const encoded = encodeHeader(header);
  const before = align(alignment + new DataView(file.buffer, file.byteOffset).getUint32(12, true));
  const after = align(alignment + encoded.length);
  const bytes = new Uint8Array(after + file.length - before);
  bytes.set(makePrelude(encoded));
  bytes.set(encoded, alignment);
  bytes.set(file.subarray(before), after);
  return bytes;
}

async function refusal(bytes: Uint8Array): Promise<string> {
  try {
    const file = await openCheckpoint(bytes);
    await file.verify();
    await file.close();
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointFormatError);
    return (error as Error).message;
  }
  throw new Error("the file was not refused");
}

describe("the checksum", () => {
  it("is that of zlib, also in plain TypeScript and in parts", () => {
    const text = new TextEncoder().encode("123456789");
    expect([crc32(text), plainCrc32(text)]).toEqual([0xcbf43926, 0xcbf43926]);
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 31) % 256);
    for (const length of [0, 1, 15, 16, 17, 999]) {
      const part = bytes.subarray(1, 1 + length);
      expect(plainCrc32(part)).toBe(crc32(part));
      expect(plainCrc32(bytes.subarray(length), plainCrc32(bytes.subarray(0, length)))).toBe(crc32(bytes));
    }
  });
});

describe("the layout", () => {
  it("is aligned, and says everything before the first byte", async () => {
    const file = await sampleFile("none");
    const header = headerOf(file);
    expect(file.length % alignment).toBe(0);
    expect(header.tensors.map(({ name }) => name)).toEqual([
      "words",
      "small",
      "small/scales",
      "small/zeros",
      "half",
      "flags",
      "scalar",
      "brain",
      "whole",
      "whole/scales",
      "raw",
    ]);
    for (const { pieces } of header.tensors) for (const { offset } of pieces) expect(offset % alignment).toBe(0);
    const start = align(64 + new DataView(file.buffer).getUint32(12, true));
    const payload = file.subarray(start + 64, start + 64 + 128);
    expect(new Float32Array(payload.slice().buffer)).toEqual(numbers(320).subarray(0, 32));
  });

  it("keeps what a later minor version adds out of the way", async () => {
    const file = await sampleFile("none");
    const length = new DataView(file.buffer).getUint32(12, true);
    const start = align(64 + length);
    // Field 1000, a varint: nobody knows it yet.
    const longer = new Uint8Array(length + 3);
    longer.set(file.subarray(64, 64 + length));
    longer.set([0xc0, 0x3e, 0x05], length);
    const bytes = new Uint8Array(align(64 + longer.length) + file.length - start);
    bytes.set(makePrelude(longer));
    bytes.set(longer, 64);
    bytes.set(file.subarray(start), align(64 + longer.length));
    const opened = await openCheckpoint(bytes);
    expect(await opened.verify()).toEqual({ tensors: 11, bytes: expect.any(Number) as number });
  });
});

describe("a reader refuses", () => {
  it("another major version, by name", async () => {
    const file = (await sampleFile("none")).slice();
    const view = new DataView(file.buffer);
    view.setUint16(8, 2, true);
    view.setUint32(20, crc32(file.subarray(0, 20)), true);
    expect(await refusal(file)).toContain("version 2.0 at byte 8");
  });

  it("what is no checkpoint, and what was cut off, with the place", async () => {
    const file = await sampleFile("none");
    expect(await refusal(new TextEncoder().encode("word 1 2 3"))).toContain("at byte 0 of the bytes");
    expect(await refusal(new Uint8Array())).toContain("Received: nothing");
    expect(await refusal(file.subarray(0, 40))).toContain("40 bytes");
    expect(await refusal(file.subarray(0, -70))).toContain(`its end at byte ${file.length - 70}`);
    const damaged = file.slice();
    const payload = align(64 + new DataView(file.buffer).getUint32(12, true)) + 64;
    damaged[payload] = (damaged[payload] as number) ^ 1;
    expect(await refusal(damaged)).toMatch(/at byte \d+ of the bytes/);
  });

  const lies: [string, (header: Header) => Header, string][] = [
    [
      "two tensors of one name",
      (h) => ({ ...h, tensors: h.tensors.map((t) => ({ ...t, name: "same", quantization: undefined })) }),
      "twice",
    ],
    ["a name like a path", (h) => ({ ...h, tensors: h.tensors.map((t, i) => (i === 0 ? { ...t, name: "../words" } : t)) }), '".."'],
    ["the name __proto__", (h) => ({ ...h, tensors: h.tensors.map((t, i) => (i === 0 ? { ...t, name: "__proto__" } : t)) }), "__proto__"],
    [
      "a shape that overflows",
      (h) => ({ ...h, tensors: h.tensors.map((t, i) => (i === 0 ? { ...t, shape: [2 ** 40, 2 ** 40] } : t)) }),
      "must be what its shape",
    ],
    [
      "overlapping tensors",
      (h) => ({ ...h, tensors: h.tensors.map((t, i) => (i === 1 ? { ...t, pieces: t.pieces.map((p) => ({ ...p, offset: 0 })) } : t)) }),
      "must lie behind those before",
    ],
    [
      "a length that lies",
      (h) => ({
        ...h,
        tensors: h.tensors.map((t, i) =>
          i === 0 ? { ...t, length: 5120, shape: [160, 8], pieces: t.pieces.map((p) => ({ ...p, length: 5120 })) } : t,
        ),
      }),
      "must lie behind those before",
    ],
    ["chunks that are too large", (h) => ({ ...h, chunkBytes: 2 ** 30 }), "Chunks must have"],
    ["a table that is not there", (h) => ({ ...h, table: { tensor: "nothing" } }), "must be a tensor of the checkpoint"],
    ["a shard outside of the folder", (h) => ({ ...h, shards: [{ file: "../other.rowan", length: 1, digest: 0 }] }), "leave the folder"],
  ];

  it.each(lies)("%s", async (_name, lie, message) => {
    const file = await sampleFile("none");
    expect(await refusal(withHeader(file, lie(headerOf(file))))).toContain(message);
  });

  it("shards of different checkpoints", async () => {
    const files = await sampleShards();
    const [first = "", second = ""] = [...files.keys()];
    const swapped = new Map(files).set(first, files.get(second) as Uint8Array);
    const opened = await openCheckpoint(files.get("") as Uint8Array, { shard: (name) => swapped.get(name) as Uint8Array });
    await expect(opened.verify()).rejects.toThrow("The shards are of different checkpoints");
    await expect(openCheckpoint(files.get(first) as Uint8Array)).rejects.toThrow("from its index");
  });

  it("a compression bomb, at the length that it may have", async () => {
    const bomb = deflateSync(new Uint8Array(50_000_000));
    await expect(inflate(bomb, 128, () => "byte 64 of x")).rejects.toThrow("made to take memory");
    const file = await sampleFile("deflate");
    const header = headerOf(file);
    const lie = {
      ...header,
      tensors: header.tensors.map((t, i) =>
        i === 5 ? { ...t, shape: [90_000], length: 90_000, pieces: t.pieces.map((p) => ({ ...p, length: 90_000 })) } : t,
      ),
    };
    expect(() => checkHeader(lie, "x")).toThrow(CheckpointFormatError);
  });
});

describe("names", () => {
  it.each(["words", "embedding/embeddings", "Öl", "a.b", "constructor"])("may be %s", (name) => {
    expect(nameFault(name)).toBeUndefined();
  });

  it.each(["", "/a", "a//b", "a/../b", "a\\b", "a\nb", "\ud800", "x".repeat(1025), "a/__proto__"])("may not be %j", (name) => {
    expect(nameFault(name)).toBeTypeOf("string");
  });

  it.each(["a/b", ".hidden", "C:x"])("of files may not be %j", (name) => {
    expect(fileNameFault(name)).toBeTypeOf("string");
  });
});
