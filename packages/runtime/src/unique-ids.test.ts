import { expect, it } from "vitest";
import { uniqueIds } from "./unique-ids.ts";

it.each([0, 1, 2, 17, 10_007])("finds each of %d ids once, and where it was", (count) => {
  const ids = Int32Array.from({ length: count }, (_, i) => (i * i * 31) % 5003);
  const { unique, places } = uniqueIds(ids);
  expect(new Set(unique).size).toBe(unique.length);
  expect(new Set(unique)).toEqual(new Set(ids));
  expect(Int32Array.from(places, (place) => unique[place] as number)).toEqual(ids);
});

it("takes the largest ids and ids that repeat only themselves", () => {
  expect(uniqueIds(Int32Array.of(2 ** 31 - 1, 0, 2 ** 31 - 1)).unique).toEqual(Int32Array.of(2 ** 31 - 1, 0));
  expect(uniqueIds(new Int32Array(1000).fill(7)).unique).toEqual(Int32Array.of(7));
});
