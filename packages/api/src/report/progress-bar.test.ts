import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatExponent, formatFixed } from "./format-number.ts";
import { ProgressBar } from "./progress-bar.ts";
import { ProgressReport } from "./progress-report.ts";
import type { ProgressReportOptions } from "./progress-report.ts";
import type { NamedValues, ProgressBarOptions } from "./progress-state.ts";

/** JSON has no word for some numbers: `nan`, `inf`, `-inf` and `-0.0` are texts. */
type WrittenNumber = number | string;
type WrittenValues = readonly (readonly [string, WrittenNumber])[];

interface ProgressFixture {
  bars: {
    name: string;
    options: Omit<ProgressBarOptions, "colors">;
    updates: { now: number; current: number; values: WrittenValues; finalize?: boolean; target?: number; text: string }[];
  }[];
  runs: {
    name: string;
    options: Omit<ProgressReportOptions, "dynamic" | "colors">;
    events: { begin?: number; step?: number; end?: number; now?: number; values?: WrittenValues; text: string }[];
  }[];
  numbers: { value: WrittenNumber; f0: string; f2: string; f4: string; e4: string }[];
}

const path = new URL("../../../conformance/fixtures/texts/progress.json", import.meta.url);
const fixture = JSON.parse(readFileSync(path, "utf8")) as ProgressFixture;

const WORDS: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, "-inf": -Infinity, "-0.0": -0 };

function readNumber(value: WrittenNumber): number {
  if (typeof value === "number") return value;
  const number = WORDS[value];
  if (number === undefined) throw new Error(`the fixture has a number that nobody knows: ${value}`);
  return number;
}

const readValues = (values: WrittenValues = []): NamedValues => values.map(([name, value]) => [name, readNumber(value)]);

/** Without ANSI codes, as a pipe should get it. */
const plain = (text: string): string => text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g"), "");

describe("ProgressBar writes what Keras writes", () => {
  const cases = fixture.bars.flatMap((bar) => [true, false].map((colors) => [bar.options.style, bar.name, colors, bar] as const));

  it.each(cases)("%s: %s, colors %s", (_style, _name, colors, { options, updates }) => {
    const bar = new ProgressBar({ ...options, colors });
    for (const { now, current, values, finalize, target, text } of updates) {
      if (target !== undefined) bar.setTarget(target);
      const written =
        finalize === undefined ? bar.update(current, readValues(values), now) : bar.update(current, readValues(values), now, finalize);
      expect(written).toBe(colors ? text : plain(text));
    }
  });

  it("is recorded for enough sequences", () => {
    expect(fixture.bars.length).toBeGreaterThanOrEqual(60);
  });

  it("averages nothing unless told to", () => {
    const bar = new ProgressBar({ style: "keras2", target: 4, verbose: 1, startSeconds: 0, dynamic: true, colors: false });
    expect(bar.update(1, [["loss", 1]], 1)).toContain("loss: 1.0000");
    expect(bar.update(2, [["loss", 3]], 2)).toContain("loss: 3.0000");
  });

  it("draws the first step on a clock that begins at zero", () => {
    const bar = new ProgressBar({ style: "keras3", target: 2, verbose: 1, startSeconds: 0, dynamic: true, colors: false });
    expect(bar.update(1, [], 0.01)).toBe("\r1/2 ━━━━━━━━━━━━━━━━━━━━ 0s 10ms/step");
  });
});

describe("ProgressReport writes what the trainers of Keras write", () => {
  it.each(fixture.runs.map((run) => [run.options.style, run.name, run] as const))("%s: %s", (_style, _name, { options, events }) => {
    const report = new ProgressReport({ ...options, dynamic: true, colors: true });
    let epoch = 0;
    for (const { begin, step, end, now = 0, values, text } of events) {
      if (begin !== undefined) expect(report.begin(epoch++, begin)).toBe(text);
      if (step !== undefined) expect(report.step(step, readValues(values), now)).toBe(text);
      // At verbosity 2 the bar of Keras hears nothing of the steps; the trainer counts them all the same.
      if (end !== undefined && options.verbose === 2) {
        for (let done = 1; done <= end; done++) expect(report.step(done, [], now)).toBe("");
      }
      if (end !== undefined) expect(report.end(readValues(values), now)).toBe(text);
    }
    expect(epoch).toBe(options.epochs);
  });

  it("writes nothing when it is silent", () => {
    const report = new ProgressReport({ style: "keras2", verbose: 0, epochs: 3, steps: 1, dynamic: true, colors: true });
    expect(report.begin(0, 0) + report.step(1, [["loss", 1]], 1) + report.end([["loss", 1]], 2)).toBe("");
  });
});

describe("numbers are Python's", () => {
  it.each(fixture.numbers)("$value", ({ value, f0, f2, f4, e4 }) => {
    const number = readNumber(value);
    expect([formatFixed(number, 0), formatFixed(number, 2), formatFixed(number, 4), formatExponent(number, 4)]).toEqual([f0, f2, f4, e4]);
  });
});
