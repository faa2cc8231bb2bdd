import { expect, test } from "vitest";
import { createRandom } from "./random.ts";
import { exact, expectClose, isClose } from "./tolerance.ts";

test("values agree within absolute + relative * |expected|", () => {
  expect(isClose(1.01, 1, { relative: 0.02, absolute: 0 })).toBe(true);
  expect(isClose(1.03, 1, { relative: 0.02, absolute: 0 })).toBe(false);
  expect(isClose(0.001, 0, { relative: 1, absolute: 0.002 })).toBe(true);
  expect(isClose(1, 1.0000001, exact)).toBe(false);
});

test("only not-a-number agrees with not-a-number, and only an infinity with an infinity", () => {
  const wide = { relative: 1, absolute: 1e30 };
  expect(isClose(Number.NaN, Number.NaN, exact)).toBe(true);
  expect(isClose(Number.NaN, 1, wide)).toBe(false);
  expect(isClose(1, Number.NaN, wide)).toBe(false);
  expect(isClose(Infinity, Infinity, exact)).toBe(true);
  expect(isClose(Infinity, -Infinity, wide)).toBe(false);
  expect(isClose(1, Infinity, wide)).toBe(false);
});

test("a failure counts the elements that are off, and names the first ones", () => {
  expect(() => expectClose([1, 2, 9], [1, 3, 4], exact, "rows")).toThrow(/rows: 2 of 3 elements are off/);
  expect(() => expectClose([1, 2, 9], [1, 3, 4], exact, "rows")).toThrow(/\[1\] is 2, not 3/);
  expect(() => expectClose([1], [1, 2], exact, "rows")).toThrow(/number of elements/);
});

test("a seed gives the same numbers again, and another seed others", () => {
  expect(createRandom("a").floats(5)).toEqual(createRandom("a").floats(5));
  expect(createRandom("a").floats(5)).not.toEqual(createRandom("b").floats(5));
});

test("ids are valid and reach both ends of a table", () => {
  const ids = createRandom("ids").ids(50, 7);
  expect(ids.every((id) => id >= 0 && id < 7)).toBe(true);
  expect([Math.min(...ids), Math.max(...ids)]).toEqual([0, 6]);
  expect(new Set(createRandom("unique").uniqueIds(7, 7)).size).toBe(7);
});
