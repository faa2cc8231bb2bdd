import { describe, expect, test } from "vitest";
import { gaussTwoNodes } from "./quadrature.ts";

function momentsOf(measure: readonly (readonly [weight: number, place: number])[]): number[] {
  return [0, 1, 2, 3].map((power) => measure.reduce((sum, [weight, place]) => sum + weight * place ** power, 0));
}

function nodesOf(moments: ArrayLike<number>): number[] {
  const out = new Float64Array(4);
  gaussTwoNodes(moments, 0, out, 0);
  return Array.from(out);
}

function integrate([w1 = 0, x1 = 0, w2 = 0, x2 = 0]: readonly number[], f: (x: number) => number): number {
  return w1 * f(x1) + w2 * f(x2);
}

/** 50 places, weights that fall like those of a momentum. */
const fading = Array.from({ length: 50 }, (_, j) => [0.01 * 0.9 ** j * (2 + Math.sin(j)), 0.97 ** j] as const);

describe("two nodes", () => {
  test.each([0, 1, 2, 3])("integrate x^%i exactly", (power) => {
    const moments = momentsOf(fading);
    // The moments come back through differences of numbers near 1: a few roundings of float64.
    expect(integrate(nodesOf(moments), (x) => x ** power) / (moments[power] as number)).toBeCloseTo(1, 13);
  });

  test("do not integrate x^4 exactly", () => {
    const fourth = fading.reduce((sum, [weight, place]) => sum + weight * place ** 4, 0);
    expect(Math.abs(integrate(nodesOf(momentsOf(fading)), (x) => x ** 4) / fourth - 1)).toBeGreaterThan(1e-6);
  });

  test("find two places again", () => {
    const [w1 = 0, x1 = 0, w2 = 0, x2 = 0] = nodesOf(
      momentsOf([
        [3, 0.5],
        [1, 0.9],
      ]),
    );
    for (const [actual, expected] of [
      [w1, 3],
      [x1, 0.5],
      [w2, 1],
      [x2, 0.9],
    ] as const)
      expect(actual).toBeCloseTo(expected, 12);
  });

  test("one place is one node", () => {
    const nodes = nodesOf(momentsOf([[2, 0.999]]));
    expect(integrate(nodes, () => 1)).toBe(2);
    expect(integrate(nodes, (x) => 1 / x)).toBeCloseTo(2 / 0.999, 12);
  });

  test("no mass is no change", () => {
    expect(integrate(nodesOf([0, 0, 0, 0]), () => 1)).toBe(0);
  });

  test.each([1e-5, 1e-6, 1e-7, 1e-8, 1e-9])("places %f apart give nodes that are near them, or one", (apart) => {
    const measure = Array.from({ length: 20 }, (_, j) => [0.9 ** j, 1 - j * apart] as const);
    const nodes = nodesOf(momentsOf(measure));
    const expected = measure.reduce((sum, [weight, place]) => sum + weight / place, 0);
    // Moments are sums of 20 float64 numbers.
    expect(integrate(nodes, (x) => 1 / x) / expected).toBeCloseTo(1, 13);
  });

  test("moments of rounding have nodes from 0 to 1", () => {
    for (const moments of [
      [1e-18, 5e-18, -1e-18, 2e-18],
      [1e-18, 0, 0, 1e-18],
      [1e-18, 1e-18, 2e-18, 9e-18],
    ]) {
      const [, x1, , x2] = nodesOf(moments);
      for (const x of [x1, x2]) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThanOrEqual(1);
      }
    }
  });

  test("writes at its place and nowhere else", () => {
    const out = new Float32Array(8).fill(7);
    gaussTwoNodes([9, ...momentsOf(fading)], 1, out, 2);
    expect([out[0], out[1], out[6], out[7]]).toEqual([7, 7, 7, 7]);
    expect(out[2]).not.toBe(7);
  });
});
