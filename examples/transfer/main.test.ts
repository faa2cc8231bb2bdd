import { expect, test, vi } from "vitest";
import { main } from "./main.ts";

test("uses vectors that exist and leaves them as they are", async () => {
  vi.spyOn(console, "log").mockReturnValue();
  expect(await main()).toEqual({ unchanged: true, answers: [true, false] });
});
