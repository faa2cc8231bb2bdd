import { describe, expect, it } from "vitest";
import { InvalidArgumentError, ShapeMismatchError } from "../errors.ts";
import { broadcastShapes, checkPositiveInteger, formatShape, normalizeAxes, normalizeAxis, sameShape, sizeOf, stridesOf } from "./shape.ts";

describe("shapes", () => {
  it("have sizes and strides", () => {
    expect([sizeOf([]), sizeOf([2, 3]), sizeOf([2, 0])]).toEqual([1, 6, 0]);
    expect([stridesOf([]), stridesOf([2, 3, 4])]).toEqual([[], [12, 4, 1]]);
    expect([sameShape([1, 2], [1, 2]), sameShape([1], [1, 1]), sameShape([], [])]).toEqual([true, false, true]);
  });

  it("print as in Python", () => {
    expect([formatShape([null, 2, 4]), formatShape([3]), formatShape([])]).toEqual(["(None, 2, 4)", "(3,)", "()"]);
  });

  it.each([
    [[2, 3], [3], [2, 3]],
    [
      [2, 1],
      [1, 3],
      [2, 3],
    ],
    [[], [4], [4]],
    [[0], [1], [0]],
  ])("%j and %j broadcast to %j", (a, b, expected) => {
    expect(broadcastShapes(a, b)).toEqual(expected);
    expect(broadcastShapes(b, a)).toEqual(expected);
  });

  it("that do not fit are named", () => {
    expect(() => broadcastShapes([2, 3], [2])).toThrow(
      new ShapeMismatchError("Shapes must be equal or broadcast together. Received: (2, 3) and (2,)."),
    );
  });
});

describe("axes", () => {
  it("count from both ends", () => {
    expect([normalizeAxis(-1, 3), normalizeAxis(0, 3)]).toEqual([2, 0]);
    expect([normalizeAxes([-1, 0, 2], 3), normalizeAxes(undefined, 2), normalizeAxes(-2, 2)]).toEqual([[0, 2], [0, 1], [0]]);
  });

  it.each([3, -4, 0.5, NaN])("refuses %d of rank 3", (axis) => {
    expect(() => normalizeAxis(axis, 3)).toThrow(
      new InvalidArgumentError(`\`axis\` must be an integer from -3 to 2 for a tensor of rank 3. Received: axis=${axis}.`),
    );
  });
});

it.each([0, -1, 1.5, NaN, Infinity, "3", true, null, undefined])("%s is no positive integer", (value) => {
  expect(() => checkPositiveInteger("inputDim", value)).toThrow(
    /^`inputDim` must be a positive integer\. Received: inputDim=.* \(of type \w+\)\.$/,
  );
});
