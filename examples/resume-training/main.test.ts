import { expect, test, vi } from "vitest";
import { main } from "./main.ts";

test("goes on where it broke off", async () => {
  const log = vi.spyOn(console, "log").mockReturnValue();
  await main();
  expect(log.mock.calls.flat()).toEqual([
    "Step 8: the power failed",
    "Resumed: the same bits",
    "Loaded: 18 updates, scores of shape (2, 1)",
  ]);
});
