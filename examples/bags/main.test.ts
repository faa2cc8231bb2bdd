import { expect, test, vi } from "vitest";
import { main } from "./main.ts";

test("reduces bags to one row each", async () => {
  vi.spyOn(console, "log").mockReturnValue();
  const { means, weighted, nearest } = await main();
  const third = Math.fround(1 / 3);
  expect(means).toEqual([
    [expect.closeTo(2.2 * third, 6), expect.closeTo(0.8 * third, 6)],
    [expect.closeTo(0.2 * third, 6), expect.closeTo(2.9 * third, 6)],
  ]);
  expect(weighted).toEqual([
    [2.5, 0.5],
    [0, 0],
  ]);
  expect(nearest).toBe("flour");
});
