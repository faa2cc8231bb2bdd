import { beforeEach, describe, expect, test, vi } from "vitest";
import { SelectionDesk, far, large, near, small } from "./selection-desk.ts";

let desk: SelectionDesk;

beforeEach(async () => {
  desk = await SelectionDesk.open();
  return () => vi.unstubAllEnvs();
});

/** Both backends were measured in another process; they are registered anew, and the clock stands at `before`. */
async function measuredBefore() {
  desk.register("near", near);
  desk.register("far", far);
  await desk.rowan.selectBackend({ ...small, cache: desk.cache });
  await desk.renew();
  const [one, other] = [desk.register("near", near), desk.register("far", far)];
  return { one, other, before: desk.clock.ms };
}

describe("the cache", () => {
  test("spares the second measurement, and every engine but the winner's", async () => {
    const { one, other, before } = await measuredBefore();
    await desk.rowan.selectBackend({ ...small, cache: desk.cache });
    expect(desk.clock.ms).toBe(before);
    expect(desk.selection()).toMatchObject({ chosen: "near", by: "cache" });
    expect([one.made.length, other.made.length]).toEqual([1, 0]);
  });

  test.each([
    ["another device answers", { ...near, device: "another" }, {}],
    ["asked to", near, { refresh: true }],
  ])("is not believed when %s", async (_when, pretence, options) => {
    desk.register("near", near);
    desk.register("far", far);
    await desk.rowan.selectBackend({ ...small, cache: desk.cache });
    await desk.renew();
    desk.register("near", pretence);
    desk.register("far", far);
    await desk.rowan.selectBackend({ ...small, cache: desk.cache, ...options });
    expect(desk.selection().by).toBe("measurement");
  });

  test("is not believed after a week, or with other backends registered", async () => {
    desk.register("near", near);
    desk.register("far", far);
    await desk.rowan.selectBackend({ ...small, cache: desk.cache });
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 8 * 24 * 3600 * 1000);
    await desk.rowan.selectBackend({ ...small, cache: desk.cache });
    expect(desk.selection().by).toBe("measurement");
    desk.register("third", near);
    await desk.rowan.selectBackend({ ...small, cache: desk.cache });
    expect(desk.selection().by).toBe("measurement");
  });

  test.each(["{", "null", '{"form":1,"machines":{"a":{"at":1}}}', '{"form":7}'])("of %j is none", async (text) => {
    desk.cache.text = text;
    desk.register("near", near);
    desk.register("far", far);
    await desk.rowan.selectBackend({ ...small, cache: desk.cache });
    expect(desk.selection()).toMatchObject({ chosen: "near", by: "measurement" });
    expect(JSON.parse(desk.cache.text)).toMatchObject({ form: 1 });
  });

  test("that throws costs a measurement and nothing else", async () => {
    desk.register("near", near);
    desk.register("far", far);
    const refused = { read: vi.fn().mockRejectedValue(new Error("no")), write: vi.fn().mockRejectedValue(new Error("full")) };
    await desk.rowan.selectBackend({ ...small, cache: refused });
    expect(desk.selection().by).toBe("measurement");
    expect(refused.write).toHaveBeenCalledOnce();
  });
});

describe("the model", () => {
  test("estimates sizes near to measured ones, and makes the winner alone", async () => {
    const { one, other, before } = await measuredBefore();
    await desk.rowan.selectBackend({ ...small, batch: 64, cache: desk.cache });
    expect(desk.clock.ms).toBe(before);
    expect(desk.selection()).toMatchObject({ chosen: "near", by: "model" });
    expect([one.made.length, other.made.length]).toEqual([1, 0]);
    const { ms = 0 } = desk.selection().candidates.find(({ name }) => name === "near") ?? {};
    // 0.01 + 64 (10 + 16) ns, from calls of 4 and 32 ids.
    expect(ms).toBeCloseTo(0.01 + (64 * 26) / 1e6, 4);
  });

  test("leaves to a measurement what is far, or not clear", async () => {
    desk.register("near", near);
    desk.register("far", far);
    await desk.rowan.selectBackend({ ...small, cache: desk.cache });
    await desk.rowan.selectBackend({ ...large, cache: desk.cache });
    expect(desk.selection().by).toBe("measurement");
    // Between the two the times cross: 1 ms at about 13,000 ids of 64 values.
    await desk.rowan.selectBackend({ ...large, batch: 12_000, cache: desk.cache });
    expect(desk.selection().by).toBe("measurement");
  });
});
