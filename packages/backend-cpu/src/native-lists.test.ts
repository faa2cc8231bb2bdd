import { expect, test } from "vitest";
import { openAddon } from "./native-addon.ts";
import type { NativeAddon } from "./native-addon.ts";

const { addon } = openAddon();

test.runIf(addon)("lists of the host that do not fit one another are told, and left as they are", () => {
  const call = addon as NativeAddon;
  const [last, ids, room] = [Int32Array.of(4, 5, 6), Int32Array.of(2, 0), new Int32Array(2).fill(9)];
  const other = Float32Array.of(1, 2, 3) as unknown as Int32Array;
  for (const [a, b, c, d] of [
    [last, Int32Array.of(0, 3), room, room],
    [last, Int32Array.of(-1, 0), room, room],
    [last, ids, room.subarray(1), room],
    [last, ids, room, room.subarray(1)],
    [last.subarray(1), ids, room, room],
    [other, ids, room, room],
    [last, ids, other, room],
    [undefined as unknown as Int32Array, ids, room, room],
  ] as const) {
    expect(call.takeBehind(a, b, 5, 6, c, d)).toBe(-1);
  }
  expect([...last, ...room]).toEqual([4, 5, 6, 9, 9]);
  const [three, eight] = [new Int32Array(3), new Int32Array(8)];
  for (const [unique, offsets, positions, uses] of [
    [room.subarray(1), three, room, eight],
    [room, room, room, eight],
    [room, three, room.subarray(1), eight],
    [room, three, room, eight.subarray(1)],
    [other, three, room, eight],
  ] as const) {
    expect(call.planRows(ids, 3, unique, offsets, positions, uses)).toBe(-1);
  }
  expect([...room, ...three, ...eight].filter((word) => word !== 0)).toEqual([9, 9]);
  expect(call.planRows(ids, 3, room, three, room.slice(), eight)).toBe(2);
  expect([...room, ...three]).toEqual([0, 2, 0, 1, 2]);
  expect(call.takeBehind(last, other, 5, 6, room, room)).toBe(0);
});
