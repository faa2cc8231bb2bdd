import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder, runProgram } from "../testing.ts";
import { drawCurve } from "./draw-curve.ts";
import { projectRows } from "./project.ts";
import { savePicture } from "./save-picture.ts";
import { layOutRows } from "./umap.ts";

/** Two clouds of words, far from each other. */
function writeClouds(path: string): string {
  const lines = Array.from({ length: 40 }, (_, i) => {
    const side = i % 2 === 0 ? 5 : -5;
    return `${i % 2 === 0 ? "sea" : "law"}${i} ${side + Math.sin(i)} ${Math.cos(3 * i)} ${Math.sin(7 * i)} ${side}`;
  });
  writeFileSync(path, `40 4\n${lines.join("\n")}\n`);
  return path;
}

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

test("UMAP keeps two clouds apart, and a seed gives the same layout", () => {
  const data = Float64Array.from(
    Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? [9 + Math.sin(i), Math.cos(i)] : [-9 + Math.sin(i), Math.cos(i)])).flat(),
  );
  const points = layOutRows(data, 2, 7);
  expect(layOutRows(data, 2, 7)).toEqual(points);
  expect(layOutRows(data, 2, 8)).not.toEqual(points);
  const distance = (i: number, j: number): number =>
    Math.hypot((points[2 * i] as number) - (points[2 * j] as number), (points[2 * i + 1] as number) - (points[2 * j + 1] as number));
  const nearest = Array.from({ length: 40 }, (_, i) =>
    Array.from({ length: 40 }, (_unused, j) => j)
      .filter((j) => j !== i)
      .reduce((best, j) => (distance(i, j) < distance(i, best) ? j : best)),
  );
  expect(nearest.every((j, i) => j % 2 === i % 2)).toBe(true);
});

test("a picture that is drawn when the signal is set off is not written", async () => {
  const folder = makeFolder();
  const curve = { kind: "curve", heading: "x", curve: { loss: [3, 2] } } as const;
  await expect(savePicture(join(folder, "c.png"), curve, AbortSignal.abort())).rejects.toThrow("interrupted");
  expect(readdirSync(folder)).toEqual([]);
});

test("rowan plot draws words, as a picture, a page or dots, and names what cannot be", async () => {
  const folder = makeFolder();
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("v.txt"), "3 2\na<b 1 2\nship 3 4\nsea 5 9\n");
  expect(await runProgram(["plot", at("v.txt"), "--out", at("p.svg")])).toMatchObject({ status: 0, err: "" });
  const svg = readFileSync(at("p.svg"), "utf8");
  expect(svg.match(/<text[^>]*>(a&lt;b|ship|sea)<\/text>/g)).toHaveLength(3);
  expect(svg).not.toContain("NaN");
  expect((await runProgram(["plot", at("v.txt"), "--out", at("p.html"), "--words", "ship"])).status).toBe(0);
  const page = readFileSync(at("p.html"), "utf8");
  expect(page).toMatch(/^<!doctype html>[\s\S]*>ship</);
  expect(page).not.toMatch(/<script|<link|src=/);
  expect(await runProgram(["plot", at("v.txt"), "--out", at("p.png")])).toMatchObject({ status: 0 });
  const png = readFileSync(at("p.png"));
  expect(png.subarray(0, 4)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47]));
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1800, 1800]);
  expect(await runProgram(["plot", at("v.txt"), "--out", at("p.gif")])).toMatchObject({ status: 2 });
  expect(await runProgram(["plot", at("v.txt"), "--out", at("q.svg"), "--words", "kraken"])).toMatchObject({ status: 2 });
  expect(await runProgram(["plot", at("v.txt"), "--out", at("q.svg"), "--method", "umap"])).toMatchObject({ status: 2 });
  writeFileSync(at("bad.txt"), "2 2\na NaN 2\nb 3 4\n");
  expect(await runProgram(["plot", at("bad.txt"), "--out", at("q.svg")])).toMatchObject({ status: 3 });
  expect(readdirSync(folder).sort()).toEqual(["bad.txt", "p.html", "p.png", "p.svg", "v.txt"]);
});

test("rowan plot says how many names had no room", async () => {
  const folder = makeFolder();
  const file = join(folder, "v.txt");
  const words = Array.from({ length: 7 }, (_, i) => `word${i}`);
  writeFileSync(file, `7 2\n${words.map((word) => `${word} 1 2\n`).join("")}`);
  const args = ["plot", file, "--out", join(folder, "p.svg")];
  expect((await runProgram(args)).out).toMatch(/7 rows of 2 values as points \(pca\); 3 names had no room\n$/);
  expect(JSON.parse((await runProgram([...args, "--json"])).out)).toMatchObject({ namesLeftOut: 3 });
  expect((await runProgram([...args, "--words", "word0"])).out).toMatch(/\(pca\)\n$/);
});

test("rowan plot --method umap says what it drew", async () => {
  const folder = makeFolder();
  const args = ["plot", writeClouds(join(folder, "v.txt")), "--out", join(folder, "u.svg"), "--method", "umap", "--rows", "40", "--json"];
  const { status, out } = await runProgram(args);
  expect(status).toBe(0);
  const { points } = JSON.parse(out) as { points: [string, number, number][] };
  expect(points).toHaveLength(40);
  expect(points[0]?.[0]).toBe("sea0");
});

test("a curve becomes a picture, and what is none is named", async () => {
  const svg = drawCurve({ loss: [0.7, 0.5, 0.4], val_loss: [0.7, 0.6, 0.6], accuracy: [0.5, 0.8, 0.9] });
  for (const name of ["loss", "val_loss", "accuracy", "epoch"]) expect(svg).toContain(`>${name}</text>`);
  expect(drawCurve({ loss: [0.7] })).not.toContain("NaN");
  const folder = makeFolder();
  const path = join(folder, "c.json");
  writeFileSync(path, JSON.stringify({ rowan: "curve", curve: { loss: [3, 2] } }));
  expect((await runProgram(["plot", path, "--out", join(folder, "c.svg")])).out).toContain("loss over 2 epochs");
  writeFileSync(path, "{}");
  expect(await runProgram(["plot", path, "--out", join(folder, "d.svg")])).toMatchObject({ status: 3 });
});
