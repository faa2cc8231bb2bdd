import { expect, test, vi } from "vitest";
import { main } from "./main.ts";

test("every backend that is there gives the same numbers, and the others say why they are not", { timeout: 60_000 }, async () => {
  const log = vi.spyOn(console, "log").mockReturnValue();
  const outcomes = await main();
  expect(log).toHaveBeenCalledTimes(5);
  const { cpu } = outcomes;
  if (!cpu || "missing" in cpu) return expect.fail("The CPU backend must be there.");
  const there = Object.values(outcomes).filter((outcome) => "praise" in outcome);
  expect(there.length).toBeGreaterThanOrEqual(3);
  for (const { praise } of there) praise.forEach((value, i) => expect(value).toBeCloseTo(cpu.praise[i] as number, 4));
  for (const outcome of Object.values(outcomes)) {
    if ("missing" in outcome) expect(outcome.missing).toMatch(/\w.*\./);
  }
});
