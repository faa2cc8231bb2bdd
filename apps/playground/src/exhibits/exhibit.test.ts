import { createCpuBackend } from "@rowan/backend-cpu";
import { expect, test } from "vitest";
import { exhibit, findRow, nameOf } from "./exhibit.ts";

test("rows are found by their words, whatever their case, and by their ids", async () => {
  const backend = await createCpuBackend({ kernels: "plain" });
  const parts = { title: "t", vectors: new Float32Array(8), dim: 2, hidden: [] };
  const named = exhibit({ ...parts, words: ["", "whale", "7", "Ahab"] }, backend);
  expect(["whale", "Whale", "Ahab", " 1 ", "7", "3", "4", "-1", "1.5", ""].map((text) => findRow(named, text))).toEqual([
    1,
    1,
    3,
    1,
    2,
    3,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect([0, 1].map((id) => nameOf(named, id))).toEqual(["0", "whale"]);
  expect(nameOf(exhibit({ ...parts, words: undefined }, backend), 2)).toBe("2");
});
