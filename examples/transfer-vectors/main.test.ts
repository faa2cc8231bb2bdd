import { expect, test, vi } from "vitest";
import { main } from "./main.ts";

test("brings vectors from a file into one's own vocabulary, keeps them, and then trains them", async () => {
  vi.spyOn(console, "log").mockReturnValue();
  const { coverage, missing, frozen, moved, answers } = await main();
  expect(missing).toEqual(["[UNK]", "flimsy"]);
  expect(coverage).toBeGreaterThan(0.9);
  expect({ frozen, moved }).toEqual({ frozen: true, moved: true });
  expect(answers).toEqual([true, false, true, false]);
});
