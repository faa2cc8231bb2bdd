import { expect, test } from "vitest";
import { axisTicks } from "./axis-ticks.ts";

const texts = (...args: Parameters<typeof axisTicks>): string =>
  axisTicks(...args)
    .map(({ text }) => text)
    .join(" ");

test.each<[Parameters<typeof axisTicks>, string]>([
  [[0.71, 4], "0 0.2 0.4 0.6"],
  [[0.3, 3], "0 0.1 0.2 0.3"],
  [[12, 4], "0 5 10"],
  [[600, 5, 1], "0 200 400 600"],
  [[3, 5, 1], "0 1 2 3"],
  [[1, 5, 1], "0 1"],
  [[0.00071, 4], "0 2e-4 4e-4 6e-4"],
  [[7.1e-7, 4], "0 2e-7 4e-7 6e-7"],
  [[3e6, 3], "0 1e6 2e6 3e6"],
  [[100_000, 2], "0 50000 100000"],
])("%j", (args, expected) => {
  expect(texts(...args)).toBe(expected);
});

test("values are what the texts say", () => {
  for (const { value, text } of axisTicks(0.31, 4)) expect(value).toBeCloseTo(Number(text), 12);
});
