import { stridesOf } from "@rowan/api";
import { expect, test } from "vitest";
import { broadcastStrides, collapse } from "./layout.ts";

test.each([
  ["equal shapes are one axis", [2, 3, 4], [2, 3, 4], [2, 3, 4], { dims: [24], strides: [[1], [1]] }],
  ["a scalar repeats", [2, 3], [2, 3], [], { dims: [6], strides: [[1], [0]] }],
  [
    "a row vector",
    [5, 2, 3],
    [5, 2, 3],
    [3],
    {
      dims: [10, 3],
      strides: [
        [3, 1],
        [0, 1],
      ],
    },
  ],
  [
    "a column",
    [4, 3],
    [4, 3],
    [4, 1],
    {
      dims: [4, 3],
      strides: [
        [3, 1],
        [1, 0],
      ],
    },
  ],
  [
    "both sides repeat",
    [4, 3],
    [4, 1],
    [1, 3],
    {
      dims: [4, 3],
      strides: [
        [1, 0],
        [0, 1],
      ],
    },
  ],
  ["axes of extent 1 vanish", [1, 7, 1], [1, 7, 1], [7, 1], { dims: [7], strides: [[1], [1]] }],
  ["no axes at all", [], [], [], { dims: [1], strides: [[0], [0]] }],
])("%s", (_name, shape, a, b, layout) => {
  expect(collapse(shape, [broadcastStrides(a, shape), broadcastStrides(b, shape)])).toEqual(layout);
});

test("a transposition keeps its axes, and joins those that stay together", () => {
  const strides = stridesOf([2, 3, 4, 5]);
  const moved = [2, 3, 0, 1].map((axis) => strides[axis] as number);
  expect(collapse([4, 5, 2, 3], [moved, stridesOf([4, 5, 2, 3])])).toEqual({
    dims: [20, 6],
    strides: [
      [1, 20],
      [6, 1],
    ],
  });
});
