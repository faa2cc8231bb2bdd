import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { makeFolder } from "../testing.ts";
import { SharedData, makeIds } from "./data.ts";

test("uniform ids reach every row, Zipf ids follow 1 / rank", () => {
  const count = 200_000;
  const uniform = makeIds(100, count, "uniform");
  const zipf = makeIds(100, count, "Zipf");
  const share = (ids: Int32Array, id: number): number => ids.filter((one) => one === id).length / count;
  for (const ids of [uniform, zipf]) {
    expect(Math.min(...new Set(ids))).toBe(0);
    expect(Math.max(...new Set(ids))).toBe(99);
  }
  expect(share(uniform, 0)).toBeCloseTo(0.01, 2);
  // log((k + 2) / (k + 1)) / log(101)
  expect(share(zipf, 0)).toBeCloseTo(Math.log(2) / Math.log(101), 2);
  expect(share(zipf, 9)).toBeCloseTo(Math.log(11 / 10) / Math.log(101), 2);
});

test("ids are the same in every run", () => {
  expect([...makeIds(1000, 3, "uniform")]).toEqual([...makeIds(1000, 3, "uniform")]);
});

test("a table's file holds its values, and the table is made once", async () => {
  const data = new SharedData(makeFolder(), new AbortController().signal);
  const { values, path } = await data.table(5, 3);
  const bytes = readFileSync(path);
  expect([...new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))]).toEqual([...values]);
  expect((await data.table(5, 3)).values).toBe(values);
  expect((await data.table(3, 5)).values).toHaveLength(15);
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.05);
});
