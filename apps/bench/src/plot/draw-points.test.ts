import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Resvg, initWasm } from "@resvg/resvg-wasm";
import { beforeAll, describe, expect, test } from "vitest";
import { randomNumbers } from "../bench/data.ts";
import { drawPoints } from "./draw-points.ts";
import { placeNames } from "./place-names.ts";

const paper = { width: 200, height: 200, radius: 3, distance: 7, lineHeight: 13 };

describe("a name stands where it touches nothing", () => {
  test("on the right, else on the left, above, below, or nowhere", () => {
    const five = Float64Array.from({ length: 10 }, () => 100);
    expect(placeNames(five, [30, 30, 30, 30, 30], paper)).toEqual(["right", "left", "top", "bottom", undefined]);
  });

  test("off other points, also those of names that come later", () => {
    expect(placeNames(Float64Array.of(100, 100, 120, 100), [30, 30], paper)).toEqual(["left", "right"]);
  });

  test("inside the picture", () => {
    expect(placeNames(Float64Array.of(195, 100, 5, 100, 100, 3), [30, 30, 190], paper)).toEqual(["left", "right", "bottom"]);
    expect(placeNames(Float64Array.of(100, 100), [201], paper)).toEqual([undefined]);
  });
});

describe("a dense picture", () => {
  const { resolve } = createRequire(import.meta.url);
  const fontBuffers = [readFileSync(resolve("@fontsource/inter/files/inter-latin-400-normal.woff2"))];
  const random = randomNumbers(7);
  const letters = "etaoinshrdlufWMy";
  const names = Array.from({ length: 200 }, (_, i) =>
    Array.from({ length: 2 + (i % 9) }, () => letters[Math.floor(random() * letters.length)]).join(""),
  );
  const points = Float64Array.from({ length: 400 }, () => random() + random() + random());
  const { svg, leftOut } = drawPoints(points, names, "Dense");

  beforeAll(async () => {
    await initWasm(readFileSync(resolve("@resvg/resvg-wasm/index_bg.wasm")));
  });

  /** Where the ink of a part of the picture lies, in the font that PNG pictures have. */
  function inkOf(part: string): { readonly x: number; readonly y: number; readonly width: number; readonly height: number } {
    const alone = `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900">${part}</svg>`;
    const drawn = new Resvg(alone, { font: { fontBuffers, loadSystemFonts: false, defaultFontFamily: "Inter" } });
    const box = drawn.getBBox();
    drawn.free();
    if (!box) throw new Error(`nothing is drawn by ${part}`);
    const { x, y, width, height } = box;
    return { x, y, width, height };
  }

  test("has no names that touch each other or a point, and says how many are left out", () => {
    const shown = [...svg.matchAll(/<text[^>]*>([^<]+)<\/text>/g)].filter(([, name]) => name !== "Dense");
    const dots = svg.match(/<path[^>]*fill="#1f6feb"[^>]*>/g) ?? [];
    expect(dots).toHaveLength(names.length);
    expect(shown.length).toBeGreaterThan(100);
    expect(shown.length + leftOut).toBe(names.length);
    const inks = shown.map(([text, name = ""]) => ({ name, ...inkOf(text) }));
    const all = [...inks, ...dots.map((dot) => ({ name: "a point", ...inkOf(dot.replace(/\/?>$/, "/>")) }))];
    const touching = inks.flatMap((a) =>
      all
        .filter((b) => a !== b && a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height)
        .map((b) => `${a.name} and ${b.name}`),
    );
    expect(touching).toEqual([]);
    expect(Math.max(...inks.map(({ x, width }) => x + width))).toBeLessThanOrEqual(900);
  });

  test("keeps the first names", () => {
    const shown = new Set([...svg.matchAll(/<text[^>]*>([^<]+)<\/text>/g)].map(([, name]) => name));
    const kept = (from: number): number => names.slice(from, from + 50).filter((name) => shown.has(name)).length;
    expect(kept(0)).toBeGreaterThan(kept(150));
  });

  test("of very many points has no names", () => {
    const many = Array.from({ length: 301 }, (_, i) => `n${i}`);
    const { svg: bare, leftOut: all } = drawPoints(Float64Array.from({ length: 602 }, Math.cos), many, "Many");
    expect(all).toBe(301);
    expect(bare).not.toContain(">n0<");
  });
});

test("points that are all one have their names", () => {
  const { svg, leftOut } = drawPoints([1, 1, 1, 1], ["a", "b"], "One place");
  expect(leftOut).toBe(0);
  expect(svg).not.toContain("NaN");
});
