import { expect, test } from "vitest";
import { unpackLz4Frames } from "./lz4-frame.ts";

interface Block {
  readonly bytes: readonly number[];
  readonly stored?: boolean;
}

/** A frame of the given flags and blocks; checksums are not verified, so zeros stand for them. */
function frame(flags: number, ...blocks: Block[]): number[] {
  return sizedFrame(flags, 0, ...blocks);
}

/** The same, where the flags say that the size of the content is told. */
function sizedFrame(flags: number, size: number, ...blocks: Block[]): number[] {
  const words = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255];
  const sum = (flags & 0x10) === 0 ? [] : words(0);
  return [
    ...words(0x184d2204),
    ...[0x40 | flags, 0x40],
    ...((flags & 8) === 0 ? [] : [...words(size), ...words(0)]),
    0,
    ...blocks.flatMap(({ bytes, stored }) => [...words((bytes.length | (stored === true ? 0x8000_0000 : 0)) >>> 0), ...bytes, ...sum]),
    ...words(0),
    ...((flags & 4) === 0 ? [] : words(0)),
  ];
}

const unpack = (bytes: readonly number[]): number[] => [...unpackLz4Frames(Uint8Array.from(bytes))];

test("literals, matches that overlap themselves, and matches into the block before", () => {
  // Two literals, eight bytes from two places back; then a literal as the end.
  expect(unpack(frame(0, { bytes: [0x24, 1, 2, 2, 0, 0x10, 9] }))).toEqual([1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 9]);
  expect(unpack(frame(0, { bytes: [1, 2, 3], stored: true }, { bytes: [0x00, 3, 0, 0x10, 7] }))).toEqual([1, 2, 3, 1, 2, 3, 1, 7]);
});

test("lengths of fifteen and more go on in further bytes", () => {
  const literals = Array.from({ length: 15 + 255 + 3 }, (_, i) => i % 200);
  expect(unpack(frame(0, { bytes: [0xf0, 255, 3, ...literals] }))).toEqual(literals);
  expect(unpack(frame(0, { bytes: [0x1f, 5, 1, 0, 255, 1, 0x10, 6] }))).toEqual([...Array.from({ length: 1 + 4 + 15 + 256 }, () => 5), 6]);
});

test("sizes, checksums, frames behind frames and what is to be skipped", () => {
  const bytes = sizedFrame(0x1c, 1, { bytes: [0x10, 5] });
  expect(unpack([...bytes, 0x53, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 8, 8, ...bytes])).toEqual([5, 5]);
  expect(unpack([])).toEqual([]);
});

test.each([
  [[1, 2, 3, 4], "does not begin as one"],
  [frame(0, { bytes: [0x10, 5] }).slice(0, -5), "ends too early"],
  [frame(0, { bytes: [0xf0, 255] }), "ends too early"],
  [frame(0, { bytes: [0x10, 5, 2, 0] }), "a match begins before its frame"],
  [[...frame(0, { bytes: [0x10, 5] }), ...frame(0, { bytes: [0x00, 1, 0, 0x10, 5] })], "a match begins before its frame"],
  [frame(1, { bytes: [0x10, 5] }), "needs a dictionary"],
  [[4, 0x22, 0x4d, 0x18, 0x80, 0, 0], "must be of version 1, and is of version 2"],
  [frame(0, { bytes: [0x10, 5] }).slice(0, -4), "at byte 0 of 13: it must end with four zero bytes behind its last block"],
  [frame(0, { bytes: [0x10, 5] }).slice(0, -1), "must end with four zero bytes"],
  [frame(4, { bytes: [0x10, 5] }).slice(0, -1), "ends too early"],
  [[0x53, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 8], "ends too early"],
  [sizedFrame(8, 2, { bytes: [0x10, 5] }), "it says that it holds 2 bytes, and holds 1"],
  [
    [...sizedFrame(8, 1, { bytes: [0x10, 5] }), ...sizedFrame(8, 0, { bytes: [0x10, 5] })],
    "at byte 25 of 50: it says that it holds 0 bytes",
  ],
])("what cannot be is an error: %#", (bytes, message) => {
  expect(() => unpack(bytes)).toThrow(message);
});
