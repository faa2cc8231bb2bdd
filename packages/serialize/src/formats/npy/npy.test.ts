import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FormatError } from "@rowan/api";
import { describe, expect, test } from "vitest";
import { formatHeader, parseHeader } from "./header.ts";
import { NpyReader } from "./npy-reader.ts";
import { NpyWriter } from "./npy-writer.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`../../../fixtures/numpy/${name}`, import.meta.url));
const makeFolder = (): string => mkdtempSync(join(tmpdir(), "rowan-npy-"));

describe("the header", () => {
  test.each(["float32-3x4", "int64-2x3", "rows-2x3x4", "float64-3x4"])("of %s is what NumPy wrote, byte for byte", (name) => {
    const bytes = readFileSync(fixture(`${name}.npy`));
    const { descr, shape, offset } = parseHeader(bytes, name);
    expect(formatHeader(descr, shape)).toEqual(new Uint8Array(bytes.subarray(0, offset)));
  });

  test("is read for no axes, one axis and none in it", () => {
    for (const shape of [[], [7], [0, 3]])
      expect(parseHeader(formatHeader("<f4", shape), "x")).toMatchObject({ descr: "<f4", fortranOrder: false, shape });
  });

  test("is a multiple of 64 bytes long, whatever the shape", () => {
    for (let axes = 0; axes < 30; axes++) expect(formatHeader("<i4", new Array<number>(axes).fill(12)).length % 64).toBe(0);
  });

  test.each([
    ["an empty file", Buffer.alloc(0), "an empty file"],
    ["a text", Buffer.from("id,text\n1,a\n"), 'begins with "id,text\\n"'],
    ["a newer version", Buffer.from("\x93NUMPY\x04\x00\x00\x00\x00\x00", "latin1"), "version 4.0"],
    ["a header without an end", formatHeader("<f4", [3]).subarray(0, 40), "ends inside of its header"],
    ["nonsense in the header", Buffer.concat([formatHeader("<f4", []).subarray(0, 10), Buffer.alloc(118, "x")]), "must have the header"],
    ["an absurd length", Buffer.from("\x93NUMPY\x02\x00\xff\xff\xff\x7f", "latin1"), "at most 65536 bytes"],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => parseHeader(bytes, "x.npy")).toThrow(FormatError);
    expect(() => parseHeader(bytes, "x.npy")).toThrow(message);
  });
});

describe("reading", () => {
  test("gives all values, however small the pieces", async () => {
    const reader = await NpyReader.open(fixture("float32-3x4.npy"), ["f4"], "float32");
    const values: number[] = [];
    const piece = new Uint8Array(5 * 4 + 3);
    while (reader.left > 0) {
      const bytes = await reader.read(piece);
      values.push(
        ...Array.from({ length: bytes.length / 4 }, (_, i) => new DataView(bytes.buffer).getFloat32(bytes.byteOffset + 4 * i, true)),
      );
    }
    expect(await reader.read(piece)).toHaveLength(0);
    await reader.close();
    expect(values).toEqual(Array.from({ length: 12 }, (_, i) => i / 8));
  });

  test.each([
    ["fortran-3x4.npy", ["f4"], "must be in C order"],
    ["big-endian-3.npy", ["i4"], "must be little-endian"],
    ["float32-3x4.npy", ["i4"], "Received: float32"],
  ])("refuses %s as %s", async (name, kinds, message) => {
    await expect(NpyReader.open(fixture(name), kinds, "what is wanted")).rejects.toThrow(message);
  });

  test("refuses a file that is cut off, and a shape that no file can hold", async () => {
    const folder = makeFolder();
    const cut = join(folder, "cut.npy");
    writeFileSync(cut, readFileSync(fixture("float32-3x4.npy")).subarray(0, -1));
    await expect(NpyReader.open(cut, ["f4"], "float32")).rejects.toThrow("promises 176 bytes. Received: 175 bytes");
    const huge = join(folder, "huge.npy");
    writeFileSync(huge, formatHeader("<f4", [2 ** 40, 2 ** 40]));
    await expect(NpyReader.open(huge, ["f4"], "float32")).rejects.toThrow("no file can hold");
  });
});

describe("writing", () => {
  test("shows the file when it is complete, and not before", async () => {
    const folder = makeFolder();
    const path = join(folder, "x.npy");
    const writer = await NpyWriter.create(path, "<f4", [3, 4]);
    await writer.write(Float32Array.from({ length: 12 }, (_, i) => i / 8));
    expect(existsSync(path)).toBe(false);
    await writer.finish();
    expect(readFileSync(path)).toEqual(readFileSync(fixture("float32-3x4.npy")));
    expect(readdirSync(folder)).toEqual(["x.npy"]);
  });

  test("leaves what was there when it is given up, or lacks values", async () => {
    const folder = makeFolder();
    const path = join(folder, "x.npy");
    writeFileSync(path, "before");
    const writer = await NpyWriter.create(path, "<i4", [2]);
    await writer.write(Int32Array.of(1));
    await expect(writer.finish()).rejects.toThrow("lacks 4 bytes");
    await writer.abort();
    expect(readdirSync(folder)).toEqual(["x.npy"]);
    expect(readFileSync(path, "utf8")).toBe("before");
  });
});
