import { describe, expect, test } from "vitest";
import { principalAxes, project } from "./principal-axes.ts";

/** Rows along three directions that stand upright on each other, spread 5, 2 and 0.5 about a mean. */
function cloud(rows: number): { vectors: Float32Array; directions: number[][] } {
  const directions = [
    [0.6, 0.8, 0, 0],
    [-0.8, 0.6, 0, 0],
    [0, 0, 1, 0],
  ];
  const vectors = new Float32Array(rows * 4);
  for (let row = 0; row < rows; row++) {
    // Whole turns of sines of different speed do not go together.
    const amounts = [
      5 * Math.sin((2 * Math.PI * row) / rows),
      2 * Math.sin((4 * Math.PI * row) / rows),
      0.5 * Math.sin((6 * Math.PI * row) / rows),
    ];
    for (let i = 0; i < 4; i++) {
      vectors[row * 4 + i] = 7 + amounts.reduce((sum, amount, k) => sum + amount * (directions[k]?.[i] ?? 0), 0);
    }
  }
  return { vectors, directions };
}

describe("principalAxes", () => {
  test("finds directions, their shares and the mean", () => {
    const { vectors, directions } = cloud(300);
    const { mean, axes, shares } = principalAxes(vectors, 4, 3);
    for (const value of mean) expect(value).toBeCloseTo(7, 4);
    axes.forEach((axis, k) => {
      const overlap = axis.reduce((sum, value, i) => sum + value * (directions[k]?.[i] ?? 0), 0);
      expect(Math.abs(overlap)).toBeCloseTo(1, 5);
    });
    const variances = [25, 4, 0.25];
    shares.forEach((share, k) => expect(share).toBeCloseTo((variances[k] ?? 0) / 29.25, 4));
  });

  test("of long rows finds the same as of short ones, in moments", () => {
    const { vectors, directions } = cloud(300);
    const dim = 2000;
    const long = new Float32Array(300 * dim);
    for (let row = 0; row < 300; row++) long.set(vectors.subarray(row * 4, row * 4 + 4), row * dim + 1000);
    const { axes, shares } = principalAxes(long, dim, 3);
    axes.forEach((axis, k) => {
      const overlap = directions[k]?.reduce((sum, value, i) => sum + value * (axis[1000 + i] ?? 0), 0) ?? 0;
      expect(Math.abs(overlap)).toBeCloseTo(1, 5);
    });
    const variances = [25, 4, 0.25];
    shares.forEach((share, k) => expect(share).toBeCloseTo((variances[k] ?? 0) / 29.25, 4));
  });

  test("points the same way as before", () => {
    const { vectors } = cloud(100);
    const first = principalAxes(vectors, 4, 2);
    const turned = { ...first, axes: first.axes.map((axis) => axis.map((value) => -value)) };
    const again = principalAxes(vectors, 4, 2, turned);
    again.axes.forEach((axis, k) => axis.forEach((value, i) => expect(value).toBeCloseTo(-(first.axes[k]?.[i] ?? NaN), 5)));
  });

  test.each([
    ["one value a row", Float32Array.of(1, 2, 3), 1],
    ["equal rows", new Float32Array(12).fill(3), 4],
    ["one row", Float32Array.of(1, 2), 2],
  ])("has room for %s", (_what, vectors, dim) => {
    const found = principalAxes(vectors, dim, 3);
    const points = project(vectors, [0], found);
    expect(points).toHaveLength(3);
    expect([...points, ...found.shares].every(Number.isFinite)).toBe(true);
  });

  test("projects along the axes", () => {
    const { vectors } = cloud(60);
    const points = project(vectors, [15], principalAxes(vectors, 4, 3));
    // A quarter turn: the first sine is 1, the second 0, the third -1.
    expect([...points].map(Math.abs)).toEqual([5, 0, 0.5].map((value) => expect.closeTo(value, 3) as number));
  });
});
