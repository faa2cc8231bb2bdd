import { describe, expect, it } from "vitest";
import { IndexOutOfRangeError, InvalidArgumentError, ShapeMismatchError } from "../errors.ts";
import { checkIds, integerArray } from "./ids.ts";
import type { IdsInput } from "./ids.ts";
import { NDArray } from "./ndarray.ts";

const remedy = ' Map unknown words to a row of their own, or pass { invalidIds: "clip" } or { invalidIds: "zero" }.';

describe("checkIds takes", () => {
  it.each<[string, IdsInput, number[], number[]]>([
    ["a bare number", 3, [3], []],
    ["a list", [3, 1, 4, 1], [3, 1, 4, 1], [4]],
    ["nested lists", [[[1, 2]], [[3, 4]]], [1, 2, 3, 4], [2, 1, 2]],
    ["no ids", [], [], [0]],
    ["empty rows", [[], []], [], [2, 0]],
    ["negative zero", [-0], [0], [1]],
    ["whole floats", Float32Array.of(0, 9), [0, 9], [2]],
    ["Float64Array", Float64Array.of(9), [9], [1]],
    ["Int32Array", Int32Array.of(5), [5], [1]],
    ["Uint32Array", Uint32Array.of(5), [5], [1]],
    ["Uint16Array", Uint16Array.of(5), [5], [1]],
    ["Int16Array", Int16Array.of(5), [5], [1]],
    ["Uint8Array", Uint8Array.of(5), [5], [1]],
    ["Int8Array", Int8Array.of(5), [5], [1]],
    ["BigInt64Array", BigInt64Array.of(0n, 9n), [0, 9], [2]],
    ["an NDArray", NDArray.from([[1, 2]], "int32"), [1, 2], [1, 2]],
    ["a float NDArray", NDArray.from([[1, 2]]), [1, 2], [1, 2]],
  ])("%s", (_name, input, data, shape) => {
    const checked = checkIds(input, 10);
    expect(checked.data).toEqual(Int32Array.from(data));
    expect(checked.shape).toEqual(shape);
    expect(checked.zeroed).toBeUndefined();
  });

  it("an Int32Array that is valid as it stands, without a copy", () => {
    const ids = Int32Array.of(1, 2);
    expect(checkIds(ids, 3).data).toBe(ids);
  });
});

describe("checkIds names the first bad id", () => {
  it.each<[string, IdsInput, string]>([
    ["out of range", [0, 10], "10 at position [1] (too large)."],
    [
      "negative",
      [
        [0, 1],
        [2, -1],
      ],
      "-1 at position [1, 1] (negative).",
    ],
    ["negative in an Int32Array", Int32Array.of(3, -2147483648), "-2147483648 at position [1] (negative)."],
    ["fractional", [1.5], "1.5 at position [0] (not an integer)."],
    ["NaN", Float32Array.of(1, NaN), "NaN at position [1] (not a number)."],
    ["infinite", [-Infinity], "-Infinity at position [0] (infinite)."],
    ["too large for int32", [2 ** 32 + 1], "4294967297 at position [0] (too large)."],
    ["too large for a double", BigInt64Array.of(1n, 9007199254740993n), "9007199254740993 at position [1] (too large)."],
    ["negative 64-bit", BigInt64Array.of(-1n), "-1 at position [0] (negative)."],
    [
      "several",
      NDArray.from(
        [
          [
            [10, 1],
            [-1, 11],
          ],
        ],
        "int32",
      ),
      "10 at position [0, 0, 0] (too large); 3 of 4 ids are invalid.",
    ],
  ])("%s", (_name, input, received) => {
    const expected = `Ids must be integers from 0 to 9. Received: ${received}${remedy}`;
    expect(() => checkIds(input, 10, "throw")).toThrow(new IndexOutOfRangeError(expected));
  });

  it("advises a policy only where one can be passed", () => {
    expect(() => checkIds([10], 10)).toThrow(/\(too large\)\. Map unknown words to a row of their own\.$/);
  });

  it("or says where a bare number stands", () => {
    expect(() => checkIds(12, 10)).toThrow(/Received: 12 .*\(too large\)/);
  });
});

describe("policies", () => {
  const ids = [1, -5, 12, NaN, 2.5, Infinity, -Infinity];

  it('"clip" takes the nearest valid id', () => {
    expect(checkIds(ids, 10, "clip").data).toEqual(Int32Array.of(1, 0, 9, 0, 2, 9, 0));
  });

  it('"zero" tells the positions whose rows become zeros', () => {
    const checked = checkIds([ids], 10, "zero");
    expect(checked.zeroed).toEqual([1, 2, 3, 4, 5, 6]);
    expect(checked.data).toEqual(Int32Array.of(1, 0, 0, 0, 0, 0, 0));
    expect(checked.shape).toEqual([1, 7]);
  });

  it("that do not exist are refused, also where all ids are valid", () => {
    expect(() => checkIds([1], 10, "wrap" as never)).toThrow(
      new InvalidArgumentError('`invalidIds` must be one of throw, zero, clip. Received: invalidIds="wrap".'),
    );
  });
});

describe("what is no array of ids", () => {
  it("ragged lists name the place", () => {
    expect(() => checkIds([[1, 2], [3]], 10)).toThrow(ShapeMismatchError);
    expect(() => checkIds([[1, 2], [3]], 10)).toThrow(/values\[1\] must be an array of 2 elements .* Received: \[3\]\./);
    expect(() => checkIds([[1], 2] as never, 10)).toThrow(/values\[1\] must be an array/);
    expect(() => checkIds([1, [2]] as never, 10)).toThrow(/values\[1\] is an array where its first sibling is a number/);
  });

  it("words and truth values are refused", () => {
    expect(() => checkIds(["whale"] as never, 10)).toThrow(
      'Elements must be numbers or booleans. Received: values[0]="whale" (of type string).',
    );
    expect(() => checkIds([1, 5n] as never, 10)).toThrow("Received: values[1]=5n (of type bigint).");
    expect(() => checkIds([[0, true]] as never, 10)).toThrow(/integers, not truth values\. Received: true at position \[0, 1\]/);
    expect(() => checkIds(NDArray.from([true]), 10)).toThrow(/dtype bool/);
    expect(() => checkIds("whale" as never, 10)).toThrow(
      '`ids` must be numbers in arrays, a typed array or an NDArray. Received: ids="whale".',
    );
    expect(() => checkIds(undefined as never, 10)).toThrow("Received: ids=undefined.");
    expect(() => checkIds([undefined] as never, 10)).toThrow(InvalidArgumentError);
    const holes = [1];
    holes.length = 2;
    expect(() => checkIds(holes, 10)).toThrow("values[1]=undefined");
  });
});

describe("integerArray", () => {
  it("keeps what is int32, converts what is whole", () => {
    const ids = NDArray.from([[1, -2]], "int32");
    expect(integerArray(ids)).toBe(ids);
    expect(integerArray(Float32Array.of(1, -2)).data).toEqual(Int32Array.of(1, -2));
    expect(integerArray(BigInt64Array.of(7n)).data).toEqual(Int32Array.of(7));
    expect(integerArray([[1], [2]]).shape).toEqual([2, 1]);
  });

  it.each<[string, IdsInput, string]>([
    ["fractions", [[1, 2.5]], "2.5 at position [0, 1] (not an integer)."],
    ["NaN", [NaN, NaN], "NaN at position [0] (not a number); 2 of 2 ids are invalid."],
    ["beyond int32", [2 ** 31], "2147483648 at position [0] (too large)."],
    ["below int32", [-(2 ** 31) - 1], "-2147483649 at position [0] (too small)."],
  ])("refuses %s", (_name, input, received) => {
    expect(() => integerArray(input)).toThrow(
      new IndexOutOfRangeError(`Ids must be 32-bit integers. Received: ${received} Ids are row numbers: check how they were computed.`),
    );
  });
});

it("rows beyond the last int32 have no ids: they do not wrap around", () => {
  expect(checkIds([2 ** 31 - 1], 3e9).data).toEqual(Int32Array.of(2 ** 31 - 1));
  expect(() => checkIds([5, 2 ** 31], 3e9)).toThrow(
    "Ids must be integers from 0 to 2147483647. Received: 2147483648 at position [1] (too large)",
  );
  expect(checkIds([2 ** 31], 3e9, "clip").data).toEqual(Int32Array.of(2 ** 31 - 1));
});
