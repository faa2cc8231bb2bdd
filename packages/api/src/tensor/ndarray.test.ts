import { describe, expect, it } from "vitest";
import { DTypeError, IndexOutOfRangeError, InvalidArgumentError, ShapeMismatchError } from "../errors.ts";
import { NDArray } from "./ndarray.ts";

describe("making arrays", () => {
  it("from nested numbers, booleans and scalars", () => {
    const matrix = NDArray.from([
      [1, 2.5],
      [3, 4],
    ]);
    expect([matrix.dtype, matrix.shape, matrix.rank, matrix.size]).toEqual(["float32", [2, 2], 2, 4]);
    expect(NDArray.from([true, false]).dtype).toBe("bool");
    expect(NDArray.from(7).shape).toEqual([]);
    expect(NDArray.from([[], []]).shape).toEqual([2, 0]);
    expect(NDArray.from([2, 0, -3], "bool").toArray()).toEqual([true, false, true]);
    expect(NDArray.from([2.9, -2.9], "int32").toArray()).toEqual([2, -2]);
  });

  it("copies on from, wraps on construction", () => {
    const data = Float32Array.of(1, 2);
    const copy = NDArray.from(data);
    const wrapped = new NDArray(data, [2]);
    const again = NDArray.from(wrapped);
    data[0] = 9;
    expect([copy.at(0), wrapped.at(0), again.at(0)]).toEqual([1, 9, 1]);
  });

  it("is not changed by what happens to the shape it was given", () => {
    const shape = [2, 1];
    const array = NDArray.zeros(shape);
    shape[0] = 5;
    expect(array.shape).toEqual([2, 1]);
  });

  it.each<[string, () => unknown, new (message: string) => Error, RegExp]>([
    ["ragged", () => NDArray.from([[1], [2, 3]]), ShapeMismatchError, /values\[1\] must be an array of 1 element .*Received: \[2, 3\]/],
    ["deeper", () => NDArray.from([1, [2]]), ShapeMismatchError, /values\[1\] is an array where its first sibling is a number/],
    ["words", () => NDArray.from(["a"] as never), InvalidArgumentError, /values\[0\]="a" \(of type string\)/],
    ["nothing", () => NDArray.from(undefined as never), InvalidArgumentError, /values=undefined/],
    [
      "a shape that does not fit",
      () => new NDArray(new Float32Array(3), [2]),
      ShapeMismatchError,
      /\(2,\) \(2 elements\), data of 3 elements/,
    ],
    ["a negative extent", () => new NDArray(new Float32Array(0), [-1, 0]), ShapeMismatchError, /non-negative integers/],
    ["a fractional extent", () => NDArray.zeros([1.5]), ShapeMismatchError, /non-negative integers/],
    ["zeros of a negative extent", () => NDArray.zeros([-3]), ShapeMismatchError, /shape=\[-3\]/],
    ["a shape that is none", () => new NDArray(new Float32Array(1), 1 as never), ShapeMismatchError, /shape=1/],
    [
      "an array of another kind",
      () => new NDArray(new Float64Array(1) as never, [1]),
      DTypeError,
      /Received: data=Float64Array\(1\).*Float32Array\.from/,
    ],
    ["a dtype that the array does not hold", () => new NDArray(new Int32Array(1), [1], "float32"), DTypeError, /dtype="float32"/],
    [
      "an unknown dtype",
      () => NDArray.zeros([1], "float64" as never),
      DTypeError,
      /one of float32, int32, uint8, int8, bool\. Received: dtype="float64"/,
    ],
    ["an unknown dtype of from", () => NDArray.from([1], "int" as never), DTypeError, /dtype="int"/],
    ["an unknown dtype of astype", () => NDArray.from([1]).astype("f32" as never), DTypeError, /dtype="f32"/],
  ])("refuses %s", (_name, make, type, message) => {
    expect(make).toThrow(type);
    expect(make).toThrow(message);
  });
});

describe("reading arrays", () => {
  const cube = NDArray.from([
    [
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [7, 8],
    ],
  ]);

  it("at takes an index for each axis, negative ones from the end", () => {
    expect([cube.at(1, 0, 1), cube.at(-1, -1, -1), NDArray.from(3).at()]).toEqual([6, 8, 3]);
    expect(() => cube.at(0)).toThrow("`at` takes one index for each axis of an array of rank 3. Received: 1 index.");
    expect(() => cube.at(0, 2, 0)).toThrow(new IndexOutOfRangeError("Index 2 is out of range for axis 1 of extent 2."));
    expect(() => cube.at(0, 0, -3)).toThrow(IndexOutOfRangeError);
    expect(() => cube.at(0.5, 0, 0)).toThrow(IndexOutOfRangeError);
  });

  it("slice and reshape share memory", () => {
    const part = cube.slice(1);
    expect([part.shape, part.toArray()]).toEqual([
      [1, 2, 2],
      [
        [
          [5, 6],
          [7, 8],
        ],
      ],
    ]);
    expect(part.data.buffer).toBe(cube.data.buffer);
    expect(cube.slice(-1, 5).toArray()).toEqual(part.toArray());
    expect(cube.slice(2).shape).toEqual([0, 2, 2]);
    expect(cube.slice(1, 0).shape).toEqual([0, 2, 2]);
    expect(cube.reshape([4, -1]).shape).toEqual([4, 2]);
    expect(() => NDArray.from(1).slice(0)).toThrow(IndexOutOfRangeError);
    expect(() => cube.slice(0.5)).toThrow("`begin` and `end` must be integers. Received: begin=0.5, end=2.");
    expect(() => cube.slice(NaN)).toThrow(IndexOutOfRangeError);
  });

  it.each([[[3, -1]], [[-1, -1]], [[7]], [[-2, -4]], [[0, -1]]])("does not take the shape %j", (shape) => {
    expect(() => cube.reshape(shape)).toThrow(ShapeMismatchError);
    expect(() => cube.reshape(shape)).toThrow(/must hold the 8 elements/);
  });

  it("item needs exactly one element", () => {
    expect(NDArray.from([[5]]).item()).toBe(5);
    expect(() => cube.item()).toThrow("item() needs exactly one element. Received: shape (2, 2, 2).");
  });

  it("toArray nests as deep as the rank", () => {
    expect(NDArray.from(true).toArray()).toBe(true);
    expect(NDArray.from([]).toArray()).toEqual([]);
    expect(cube.toArray()).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ]);
  });
});

it("equals compares dtype, shape and bits", () => {
  const a = NDArray.from([1, NaN]);
  expect(a.equals(NDArray.from([1, NaN]))).toBe(true);
  expect(a.equals(NDArray.from([[1, NaN]]))).toBe(false);
  expect(NDArray.from([0]).equals(NDArray.from([-0]))).toBe(false);
  expect(NDArray.from([1]).equals(NDArray.from([1], "int32"))).toBe(false);
  expect(NDArray.from([1], "uint8").equals(NDArray.from([true]))).toBe(false);
});

describe("typed arrays inside of arrays", () => {
  it.each<[string, () => NDArray, unknown]>([
    [
      "rows",
      () => NDArray.from([Float32Array.of(1, 2), Float32Array.of(3, 4)]),
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ["kinds without a dtype", () => NDArray.from([[Float64Array.of(1.5)], [Uint16Array.of(7)]]), [[[1.5]], [[7]]]],
    ["flat ones without a dtype", () => NDArray.from(Float64Array.of(1.5, 2)), [1.5, 2]],
    [
      "rows of both forms",
      () => NDArray.from([[1, 2], Int32Array.of(3, 4)], "int32"),
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ])("%s", (_name, make, expected) => {
    expect(make().toArray()).toEqual(expected);
  });

  it.each<[string, () => NDArray, RegExp]>([
    [
      "rows of other lengths",
      () => NDArray.from([Float32Array.of(1, 2), Float32Array.of(3)]),
      /values\[1\] must be an array of 2.*Float32Array\(1\)/,
    ],
    ["a row among numbers", () => NDArray.from([1, Float32Array.of(3)]), /values\[1\] is an array where its first sibling is a number/],
    ["a number among rows", () => NDArray.from([Float32Array.of(3), 1]), /values\[1\] must be an array of 1 element /],
    ["64-bit integers", () => NDArray.from([BigInt64Array.of(3n)] as never), /Elements must be numbers/],
  ])("refuses %s", (_name, make, message) => {
    expect(make).toThrow(message);
  });
});

it("integers take the nearest value that they can hold", () => {
  expect(NDArray.from([300, -300, 1.9, -1.9, NaN], "int8").toArray()).toEqual([127, -128, 1, -1, 0]);
  expect(NDArray.from([300, -1, 255.5], "uint8").toArray()).toEqual([255, 0, 255]);
  expect(NDArray.from([3e9, -Infinity]).astype("int32").toArray()).toEqual([2 ** 31 - 1, -(2 ** 31)]);
  expect(NDArray.from(Int32Array.of(200)).astype("int8").toArray()).toEqual([127]);
  expect(NDArray.from([NaN, 0]).astype("bool").toArray()).toEqual([true, false]);
});
