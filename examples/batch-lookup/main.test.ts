import { expect, test } from "vitest";
import { main } from "./main.ts";

test("looks every word up in each round", async () => {
  let text = "";
  const { words, difference } = await main(2, (more) => (text += more));
  expect(words).toBeGreaterThan(3_000_000);
  expect(words % 2).toBe(0);
  expect(difference).toBeLessThan(1e-6);
  expect(text).toContain("million words a second");
});
