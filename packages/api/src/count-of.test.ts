import { expect, test } from "vitest";
import { countOf } from "./count-of.ts";

test("one of them is called one", () => {
  expect([0, 1, 2].map((count) => countOf(count, "id"))).toEqual(["0 ids", "1 id", "2 ids"]);
  expect([1, 2].map((count) => countOf(count, "index", "indices"))).toEqual(["1 index", "2 indices"]);
});
