import { beforeEach, describe, expect, test, vi } from "vitest";
import { SelectionDesk, far, near, small, swiftshader } from "./selection-desk.ts";

let desk: SelectionDesk;

beforeEach(async () => {
  desk = await SelectionDesk.open();
  return () => vi.unstubAllEnvs();
});

describe("listBackends", () => {
  test("tells of everyone, and keeps nobody", async () => {
    const one = desk.register("near", { ...near, hardware: { kind: "cpu", software: false, memoryBytes: 7 } });
    desk.registerMissing("gpu");
    desk.register("soft", { ...far, hardware: swiftshader });
    expect(await desk.rowan.listBackends({ ...small })).toEqual([
      {
        name: "near",
        available: true,
        device: "pretended",
        hardware: "processor",
        maxTableBytes: 2 ** 32,
        memoryBytes: 7,
        rowsPerSecond: expect.closeTo(32_000 / (0.01 + (32 * 26) / 1e6), -3) as number,
      },
      { name: "gpu", available: false, reason: "There is no GPU.", remedy: "Buy one." },
      {
        name: "soft",
        available: true,
        device: "pretended",
        hardware: "software adapter",
        adapter: "google swiftshader",
        maxTableBytes: 2 ** 32,
        rowsPerSecond: expect.any(Number) as number,
      },
    ]);
    expect(one.dispose).toHaveBeenCalledOnce();
  });

  test("measures nothing when told so", async () => {
    desk.register("near", near);
    expect((await desk.rowan.listBackends({ measure: false }))[0]).not.toHaveProperty("rowsPerSecond");
    expect(desk.clock.ms).toBe(0);
  });
});
