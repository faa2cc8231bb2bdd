import { expect, test, vi } from "vitest";

test("prints what it found", async () => {
  const log = vi.spyOn(console, "log").mockReturnValue();
  await import("./main.ts");
  expect(log.mock.calls.flat()).toEqual(["Four rows of 64 values: (4, 64)", "The first is praise, the second is blame"]);
});
