import { describe, expect, it } from "vitest";
import { IndexOutOfRangeError, InvalidArgumentError, ShapeMismatchError } from "../errors.ts";
import { NDArray } from "../tensor/ndarray.ts";
import { checkBags } from "./bags.ts";
import type { BagsInput } from "./row-source.ts";

const plain = (input: BagsInput, policy?: "zero" | "clip"): Record<string, unknown> => {
  const { ids, offsets, weights, mode } = checkBags(input, 10, policy);
  return { ids: [...ids], offsets: [...offsets], mode, ...(weights && { weights: [...weights] }) };
};

describe("checkBags compresses", () => {
  it.each<[string, BagsInput, number[], number[]]>([
    ["ids with offsets", { ids: [5, 9, 2, 7], offsets: [0, 3] }, [5, 9, 2, 7], [0, 3, 4]],
    ["typed ids with typed offsets", { ids: Int32Array.of(5, 9), offsets: Int32Array.of(0, 1) }, [5, 9], [0, 1, 2]],
    ["a flat NDArray with offsets", { ids: NDArray.from([5, 9], "int32"), offsets: [0] }, [5, 9], [0, 2]],
    ["64-bit ids", { ids: BigInt64Array.of(5n), offsets: [0] }, [5], [0, 1]],
    ["64-bit offsets", { ids: [5, 9, 2], offsets: BigInt64Array.of(0n, 2n) }, [5, 9, 2], [0, 2, 3]],
    ["offsets in an NDArray", { ids: [5, 9, 2], offsets: NDArray.from([0, 2], "int32") }, [5, 9, 2], [0, 2, 3]],
    ["ragged lists of 64-bit ids", { ids: [BigInt64Array.of(5n), BigInt64Array.of(9n, 2n)] }, [5, 9, 2], [0, 1, 3]],
    ["empty bags", { ids: [5], offsets: [0, 0, 1, 1] }, [5], [0, 0, 1, 1, 1]],
    ["offsets with their end", { ids: [5, 9], offsets: [0, 1, 2], includeLastOffset: true }, [5, 9], [0, 1, 2]],
    ["no bags", { ids: [], offsets: [] }, [], [0]],
    ["ragged lists", { ids: [[5, 9, 2], [], [7]] }, [5, 9, 2, 7], [0, 3, 3, 4]],
    [
      "a rectangle",
      {
        ids: NDArray.from(
          [
            [1, 2],
            [3, 4],
          ],
          "int32",
        ),
      },
      [1, 2, 3, 4],
      [0, 2, 4],
    ],
    ["a padding id", { ids: [[0, 1, 0], [0]], paddingIdx: 0 }, [1], [0, 1, 1]],
  ])("%s", (_name, input, ids, offsets) => {
    expect(plain(input)).toEqual({ ids, offsets, mode: "mean" });
  });

  it("weights, with the ids they belong to", () => {
    expect(plain({ ids: [[0, 1], [2]], weights: [[5, 6], [7]], paddingIdx: 1, mode: "sum" })).toEqual({
      ids: [0, 2],
      offsets: [0, 1, 2],
      mode: "sum",
      weights: [5, 7],
    });
    expect(plain({ ids: [1, 2], offsets: [0], weights: Float32Array.of(0.5, 2) })).toMatchObject({ weights: [0.5, 2] });
    expect(plain({ ids: [[1, 2]], weights: NDArray.from([[3, 4]]) as never })).toMatchObject({ weights: [3, 4] });
  });

  it("drops invalid ids under zero, moves them under clip", () => {
    expect(plain({ ids: [[99, 1], [-1]] }, "zero")).toMatchObject({ ids: [1], offsets: [0, 1, 1] });
    expect(plain({ ids: [[99, 1], [-1]] }, "clip")).toMatchObject({ ids: [9, 1, 0], offsets: [0, 2, 3] });
  });
});

describe("checkBags refuses", () => {
  it.each<[string, BagsInput, new (message: string) => Error, string]>([
    [
      "an unknown mode",
      { ids: [[1]], mode: "avg" as never },
      InvalidArgumentError,
      '`mode` must be one of sum, mean, sqrtn, max. Received: mode="avg".',
    ],
    ["weights of a maximum", { ids: [[1]], weights: [1], mode: "max" }, InvalidArgumentError, '`weights` cannot be used with mode "max"'],
    [
      "offsets that start elsewhere",
      { ids: [1, 2], offsets: [1] },
      InvalidArgumentError,
      "must start at 0. Received: offsets[0]=1 for 2 ids.",
    ],
    [
      "offsets that decrease",
      { ids: [1, 2], offsets: [0, 2, 1] },
      InvalidArgumentError,
      "must never decrease. Received: offsets[2]=1 for 2 ids.",
    ],
    [
      "offsets that pass the end",
      { ids: [1, 2], offsets: [0, 3] },
      InvalidArgumentError,
      "must not pass the end of ids. Received: offsets[1]=3 for 2 ids.",
    ],
    ["fractional offsets", { ids: [1, 2], offsets: [0, 0.5] }, InvalidArgumentError, "must be integers. Received: offsets[1]=0.5"],
    ["no offsets for some ids", { ids: [1], offsets: [] }, InvalidArgumentError, "must start at 0. Received: no offsets for 1 id."],
    [
      "an end that is not the end",
      { ids: [1, 2], offsets: [0, 1], includeLastOffset: true },
      InvalidArgumentError,
      "end at the number of ids",
    ],
    ["no end", { ids: [], offsets: [], includeLastOffset: true }, InvalidArgumentError, "at least the end of the last bag"],
    [
      "offsets that are no array",
      { ids: [1], offsets: 0 as never },
      InvalidArgumentError,
      "must be an array of integers. Received: offsets=0.",
    ],
    [
      "lists beside offsets",
      {
        ids: [
          [1, 2],
          [3, 4],
        ],
        offsets: [0, 1],
      },
      ShapeMismatchError,
      "With `offsets`, ids must be flat.",
    ],
    [
      "a rectangle beside offsets",
      { ids: NDArray.from([[1, 2]], "int32"), offsets: [0] },
      ShapeMismatchError,
      "With `offsets`, ids must be flat.",
    ],
    ["flat ids alone", { ids: [1, 2] }, InvalidArgumentError, "Received: ids=[1, 2] without offsets. Pass offsets, or wrap the ids"],
    ["a flat NDArray alone", { ids: NDArray.from([1], "int32") }, ShapeMismatchError, "Received: ids of rank 1."],
    ["too few weights", { ids: [[1, 2]], weights: [1] }, ShapeMismatchError, "Received: 1 weight for 2 ids."],
    ["weights of other bags", { ids: [[1, 2], [3]], weights: [[1], [2, 3]] }, ShapeMismatchError, "which differ first in bag 0"],
    ["weights that are no numbers", { ids: [[1]], weights: ["a"] as never }, InvalidArgumentError, "`weights` must be numbers"],
    [
      "a flag that is none",
      { ids: [1], offsets: [0, 1], includeLastOffset: "no" as never },
      InvalidArgumentError,
      '`includeLastOffset` must be true or false. Received: includeLastOffset="no".',
    ],
    ["an id outside", { ids: [[1], [10]] }, IndexOutOfRangeError, "Received: 10 at position"],
    [
      "a padding id outside",
      { ids: [[1]], paddingIdx: 10 },
      IndexOutOfRangeError,
      "`paddingIdx` must be an integer from 0 to 9. Received: paddingIdx=10.",
    ],
    ["a negative padding id", { ids: [[1]], paddingIdx: -1 }, IndexOutOfRangeError, "paddingIdx=-1"],
  ])("%s", (_name, input, type, message) => {
    expect(() => checkBags(input, 10)).toThrow(type);
    expect(() => checkBags(input, 10)).toThrow(message);
  });
});
