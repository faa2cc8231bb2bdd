import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder, runProgram } from "../testing.ts";
import { projectRows } from "./project.ts";

test("the first direction is the one of the largest spread, the second stands upright on it", () => {
  // Points on a tilted ellipse around (10, 20, 5): long along (3, 4, 0) / 5, short along (-4, 3, 0) / 5.
  const data = Array.from({ length: 40 }, (_, i) => {
    const [long, short] = [8 * Math.cos(i), 2 * Math.sin(i)];
    return [10 + 0.6 * long - 0.8 * short, 20 + 0.8 * long + 0.6 * short, 5];
  }).flat();
  const points = projectRows(data, 3);
  const spread = (axis: number): number => Math.sqrt([...points].filter((_, i) => i % 2 === axis).reduce((sum, x) => sum + x * x, 0) / 40);
  expect(spread(0)).toBeCloseTo(8 / Math.SQRT2, 1);
  expect(spread(1)).toBeCloseTo(2 / Math.SQRT2, 1);
  expect([...projectRows([1, 1, 1, 1], 2)]).toEqual([0, 0, 0, 0]);
});

test("rowan plot draws words, as a picture or a page, and names what cannot be", async () => {
  const folder = makeFolder();
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("v.txt"), "3 2\na<b 1 2\nship 3 4\nsea 5 9\n");
  expect(await runProgram(["plot", at("v.txt"), "--out", at("p.svg")])).toMatchObject({ status: 0, err: "" });
  const svg = readFileSync(at("p.svg"), "utf8");
  expect(svg.match(/<circle/g)).toHaveLength(3);
  expect(svg).toContain("a&lt;b");
  expect(svg).not.toContain("NaN");
  expect((await runProgram(["plot", at("v.txt"), "--out", at("p.html"), "--words", "ship"])).status).toBe(0);
  expect(readFileSync(at("p.html"), "utf8")).toMatch(/^<!doctype html>[\s\S]*ship/);
  expect(await runProgram(["plot", at("v.txt"), "--out", at("p.png")])).toMatchObject({ status: 2 });
  expect(await runProgram(["plot", at("v.txt"), "--out", at("q.svg"), "--words", "kraken"])).toMatchObject({ status: 2 });
  expect(readdirSync(folder).sort()).toEqual(["p.html", "p.svg", "v.txt"]);
});
