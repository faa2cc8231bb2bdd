import { expect, test } from "vitest";
import type { Backend, PlanArrays } from "../backend.ts";
import { planRows } from "./plan-rows.ts";

/** The default asks nothing of a backend but whether it has a plan of its own. */
const nothing = {} as Backend;

function lists({ unique, offsets, positions }: PlanArrays): [number, number[]][] {
  return Array.from(unique, (id, i) => [id, [...positions.subarray(offsets[i], offsets[i + 1])]]);
}

test("ids ascend, and the positions of each ascend", () => {
  expect(lists(planRows(nothing, Int32Array.of(7, 3, 7, 0, 3, 7), 10))).toEqual([
    [0, [3]],
    [3, [1, 4]],
    [7, [0, 2, 5]],
  ]);
});

test("ids that differ in any of their bytes are told apart", () => {
  const ids = Int32Array.of(0x01000000, 0x00010000, 0x00000100, 0x00000001, 0x7ffffffe, 0, 0x00010000);
  expect(lists(planRows(nothing, ids, 0x7fffffff))).toEqual([
    [0, [5]],
    [1, [3]],
    [256, [2]],
    [65_536, [1, 6]],
    [16_777_216, [0]],
    [2_147_483_646, [4]],
  ]);
});

test.each([1, 2, 256, 257, 65_536, 65_537])("the last row of a table of %d rows is found", (rows) => {
  const ids = Int32Array.of(rows - 1, 0, rows - 1);
  const expected =
    rows === 1
      ? [[0, [0, 1, 2]]]
      : [
          [0, [1]],
          [rows - 1, [0, 2]],
        ];
  expect(lists(planRows(nothing, ids, rows))).toEqual(expected);
});

test("no ids give an empty plan", () => {
  expect(planRows(nothing, new Int32Array(0), 5)).toEqual({
    unique: new Int32Array(0),
    offsets: Int32Array.of(0),
    positions: new Int32Array(0),
  });
});

test("a backend's own plan is taken", () => {
  const own: PlanArrays = { unique: Int32Array.of(1), offsets: Int32Array.of(0, 1), positions: Int32Array.of(0) };
  expect(planRows({ planRows: () => own } as Partial<Backend> as Backend, Int32Array.of(1), 2)).toBe(own);
});
