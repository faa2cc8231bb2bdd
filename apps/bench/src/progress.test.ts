import { stripVTControlCharacters } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { formatSeconds, formatTable } from "./format.ts";
import { startProgress } from "./progress.ts";

/** A stream that keeps what is written. */
function paper(): { write(text: string): boolean; text: string } {
  return {
    text: "",
    write(text) {
      this.text += text;
      return true;
    },
  };
}

describe("progress in a log", () => {
  test("is a line every five seconds, with speed and time left", () => {
    const stream = paper();
    let now = 0;
    const progress = startProgress(1000, stream, false, "looking up", "rows", () => now);
    for (now = 1; now <= 9; now++) progress.update(now * 100);
    now = 20;
    progress.update(1000);
    progress.stop();
    expect(stream.text).toBe("500 of 1,000 rows (50%), 100 rows/s, 5.00 s left\n");
  });

  test("is nothing with --quiet", () => {
    const stream = paper();
    let now = 0;
    const progress = startProgress(1000, stream, true, "looking up", "rows", () => now);
    now = 60;
    progress.update(500);
    progress.stop();
    expect(stream.text).toBe("");
  });
});

test("progress on a terminal that cannot go back in a line is lines", () => {
  vi.stubEnv("TERM", "dumb");
  const stream = Object.assign(paper(), { isTTY: true, columns: 120, cursorTo: () => true, clearLine: () => true, on: () => undefined });
  let now = 0;
  const progress = startProgress(2000, stream, false, "looking up", "rows", () => now);
  now = 10;
  progress.update(1000);
  progress.stop();
  vi.unstubAllEnvs();
  expect(stream.text).toBe("1,000 of 2,000 rows (50%), 100 rows/s, 10.0 s left\n");
});

test("progress on a terminal is a bar", () => {
  const stream = Object.assign(paper(), { isTTY: true, columns: 120, cursorTo: () => true, clearLine: () => true, on: () => undefined });
  let now = 0;
  const progress = startProgress(2000, stream, false, "looking up", "rows", () => now);
  now = 2;
  progress.update(1000);
  progress.stop();
  expect(stream.text).toContain("50% | 1,000 of 2,000 rows | 500 rows/s | 2.00 s left");
});

test.each([
  [120, "looking up [", "1,000,000 of 2,000,000 rows"],
  [100, "looking up [", "1,000,000 of 2,000,000 rows"],
  [80, "looking up [", "] 50% | 500,000 rows/s"],
  [40, "50% 500,000 rows/s", ""],
])("a terminal of %i columns has room for the numbers", (columns, start, count) => {
  const stream = Object.assign(paper(), { isTTY: true, columns, cursorTo: () => true, clearLine: () => true, on: () => undefined });
  let now = 0;
  const progress = startProgress(2_000_000, stream, false, "looking up", "rows", () => now);
  now = 2;
  progress.update(1_000_000);
  progress.stop();
  const lines = stripVTControlCharacters(stream.text)
    .split("\n")
    .flatMap((text) => text.split(/(?<= left)/))
    .filter((line) => line.includes("50%"));
  expect(lines).not.toEqual([]);
  for (const line of lines) {
    expect(line.startsWith(start)).toBe(true);
    expect(line).toContain(count);
    expect(line.endsWith("2.00 s left")).toBe(true);
    expect(line.length).toBeLessThan(columns);
  }
});

test("where the number of rows turns out at the end, the part that was read is what is shown", () => {
  const stream = paper();
  let now = 0;
  const progress = startProgress(undefined, stream, false, "looking up", "rows", () => now);
  now = 6;
  progress.update(600, 0.25);
  now = 12;
  progress.update(1200);
  progress.stop();
  expect(stream.text).toBe("600 rows (25%), 100 rows/s, 18.0 s left\n1,200 rows, 100 rows/s\n");
});

test("times are said as people say them", () => {
  expect([0.123, 12.34, 125.2, Infinity].map(formatSeconds)).toEqual(["0.12 s", "12.3 s", "2 min 05 s", "?"]);
});

test("tables have the names on the left and numbers on the right", () => {
  expect(formatTable([["", "ms"], ["a", "1.5"], ["long", "10.5"]])).toBe("        ms\na      1.5\nlong  10.5\n"); // prettier-ignore
});
