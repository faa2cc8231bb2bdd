import { expect, test, vi } from "vitest";
import { main } from "./main.ts";

test("learns ratings that it has not seen", async () => {
  const log = vi.spyOn(console, "log").mockReturnValue();
  const { losses, unseen } = await main();
  expect(losses[0]).toBeGreaterThan(0.3);
  expect(losses.at(-1)).toBeLessThan(0.01);
  expect(unseen).toBeLessThan(0.02);
  expect(log).toHaveBeenCalledOnce();
});
