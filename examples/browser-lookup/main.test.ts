import { expect, test, vi } from "vitest";
import { main } from "./main.ts";

test("loads only what it needs", async () => {
  const log = vi.spyOn(console, "log").mockReturnValue();
  await main();
  const [same, other, loaded] = log.mock.calls.flat();
  expect(same).toBe("word17 and word19000: 1.000");
  expect(other).toMatch(/^word17 and word18: -?0\.\d{3}$/);
  expect(loaded).toBe("Loaded: less than a fifth of the file");
});
