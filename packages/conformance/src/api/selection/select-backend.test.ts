import { beforeEach, describe, expect, test, vi } from "vitest";
import { pretend } from "./pretend.ts";
import type { Pretence } from "./pretend.ts";
import { SelectionDesk, far, large, near, small, swiftshader } from "./selection-desk.ts";

let desk: SelectionDesk;

beforeEach(async () => {
  desk = await SelectionDesk.open();
  return () => vi.unstubAllEnvs();
});

/** What a call that must fail rejects with. */
const failureOf = async (work: Promise<unknown>): Promise<Error> => {
  const [result] = await Promise.allSettled([work]);
  if (result.status === "rejected") return result.reason as Error;
  throw new TypeError("an error was expected");
};

describe("by measurement", () => {
  test.each([
    ["lookup", small, "near"],
    ["lookup", large, "far"],
    ["train", small, "near"],
    ["train", large, "far"],
  ] as const)("%s of %j is done by the %s one", async (work, sizes, winner) => {
    const both = { near: desk.register("near", near), far: desk.register("far", far) };
    const backend = await desk.rowan.selectBackend({ ...sizes, work, cache: desk.cache });
    expect(both[winner].made).toEqual([backend]);
    expect(desk.rowan.defaultBackend()).toBe(backend);
    expect(desk.selection()).toMatchObject({ chosen: winner, by: "measurement", workload: { ...sizes, work } });
    expect(desk.selection().tookMs - desk.selection().loadingMs).toBeLessThan(300);
  });

  test("the first call of an engine, in which it compiles its kernels, is loading", async () => {
    desk.register("near", near);
    desk.register("far", { ...far, firstMs: 700 });
    await desk.rowan.selectBackend({ ...large, cache: false });
    expect(desk.selection().chosen).toBe("far");
    expect(desk.selection().loadingMs).toBeGreaterThan(700);
    expect(desk.selection().tookMs - desk.selection().loadingMs).toBeLessThan(300);
  });

  test.each([2500, 4000, 9000])("interruptions, one in %d calls, do not hide the fastest", async (interruptedEvery) => {
    // 0.01 ms a call of the work; an interruption is as long as 2,000 calls.
    desk.register("first", { ...near, cost: { callMs: 0.02, idNs: 0, valueNs: 0 }, interruptedEvery });
    desk.register("fast", { ...near, cost: { callMs: 0.01, idNs: 0, valueNs: 0 }, interruptedEvery: interruptedEvery + 7 });
    await desk.rowan.selectBackend({ ...small, cache: false });
    expect(desk.selection().chosen).toBe("fast");
  });

  test("leaves nothing on the winner, and disposes of the others", async () => {
    const [one, other] = [desk.register("near", near), desk.register("far", far)];
    const backend = await desk.rowan.selectBackend({ ...small, cache: false });
    expect(backend.memory().buffers).toBe(0);
    expect(one.dispose).not.toHaveBeenCalled();
    expect(other.dispose).toHaveBeenCalledOnce();
  });

  test("does not dispose of a backend that somebody uses", async () => {
    desk.register("near", near);
    const other = desk.register("far", far);
    await desk.rowan.selectBackend("far");
    await desk.rowan.selectBackend({ ...small, cache: false });
    expect(other.made).toHaveLength(1);
    expect(other.dispose).not.toHaveBeenCalled();
  });

  test("a table that is too large to make counts as a whole where updates copy it", async () => {
    desk.register("copies", { cost: { callMs: 0.01, idNs: 1, valueNs: 0.1 }, tableNs: 0.1 });
    desk.register("steady", { cost: { callMs: 2, idNs: 1, valueNs: 0.1 } });
    // 2 Mi values are made: 0.2 ms a step there, 40 ms with all 409.6 million.
    await desk.rowan.selectBackend({ inputDim: 6_400_000, outputDim: 64, batch: 64, work: "train", cache: false });
    expect(desk.selection().chosen).toBe("steady");
  });

  test("a backend whose largest table is too small does not take part", async () => {
    desk.register("near", { ...near, maxTableBytes: 1000 });
    desk.register("far", far);
    await desk.rowan.selectBackend({ ...small, cache: false });
    expect(desk.outcomes()).toEqual({ near: "failed", far: "chosen" });
    expect(desk.rowan.explainSelection()).toContain("the table has 64000 bytes, and the largest it takes has 1000");
  });

  test("a backend that fails while it is measured does not take part", async () => {
    const broken = pretend(desk.clock, near);
    broken.gather = () => {
      throw new Error("the device was lost");
    };
    desk.rowan.registerBackend("broken", async () => broken);
    desk.register("far", far);
    await desk.rowan.selectBackend({ ...small, cache: false });
    expect(desk.outcomes()).toEqual({ broken: "failed", far: "chosen" });
    expect(broken.memory().buffers).toBeGreaterThanOrEqual(0);
    expect(desk.rowan.explainSelection()).toContain("failed when measured: the device was lost");
  });

  test("a backend that fails at any moment of it does not take part, also in the turns at the end", async () => {
    let cameThrough = false;
    for (let calls = 1; !cameThrough && calls < 1e6; calls = Math.ceil(calls * 1.25)) {
      await desk.renew();
      const broken = pretend(desk.clock, near);
      const gather = broken.gather.bind(broken);
      let left = calls;
      broken.gather = (...args) => {
        if (--left < 0) throw new Error("the device was lost");
        return gather(...args);
      };
      desk.rowan.registerBackend("broken", async () => broken);
      desk.register("close", { cost: { ...near.cost, callMs: 0.012 } });
      await desk.rowan.selectBackend({ ...small, cache: false });
      if (left < 0) expect(desk.outcomes()).toEqual({ broken: "failed", close: "chosen" });
      else cameThrough = true;
      const reports = await desk.rowan.listBackends(small);
      expect(reports.map(({ name }) => name)).toEqual(["broken", "close"]);
      if (left < 0) expect(reports[0]).toMatchObject({ reason: "the device was lost" });
      else expect(reports[0]?.rowsPerSecond).toBeGreaterThan(0);
    }
    expect(cameThrough).toBe(true);
  });

  test("says who is not there, why, and what to do", async () => {
    desk.register("near", near);
    desk.registerMissing("gpu");
    await desk.rowan.selectBackend({ ...small, cache: false });
    expect(desk.rowan.explainSelection()).toMatch(/Chosen: near \(pretended\): it was the fastest when measured, for lookups of 32 ids/);
    expect(desk.rowan.explainSelection()).toContain("gpu   not available: There is no GPU. Buy one.");
    await desk.rowan.selectBackend({ ...small, batch: 1, cache: false });
    expect(desk.rowan.explainSelection()).toContain("for lookups of 1 id in a table");
  });

  test("is an error where nobody is there", async () => {
    desk.registerMissing("a");
    desk.registerMissing("b");
    const error = await failureOf(desk.rowan.selectBackend({ cache: false }));
    expect(error).toBeInstanceOf(desk.rowan.BackendUnavailableError);
    expect(error.message).toContain("a: not available: There is no GPU. Buy one.");
    expect(desk.rowan.findDefaultBackend()).toBeUndefined();
  });
});

describe("an outlook", () => {
  const least = { callMs: 0.5, idNs: 0, valueNs: 0 };

  test("keeps an engine that cannot win from being loaded", async () => {
    const gpu = desk.register("gpu", far, { least: { lookup: least, train: least } });
    desk.register("near", near);
    await desk.rowan.selectBackend({ ...small, cache: false });
    expect(gpu.factory).not.toHaveBeenCalled();
    expect(desk.rowan.explainSelection()).toContain("gpu   not loaded: it takes at least 0.500 ms a call, and near takes less");
  });

  test("lets an engine be loaded where it can win", async () => {
    desk.register("gpu", far, { least: { lookup: least, train: least } });
    desk.register("near", near);
    await desk.rowan.selectBackend({ ...large, cache: false });
    expect(desk.selection().chosen).toBe("gpu");
  });

  test("of the factory counts where none is given", async () => {
    const factory = Object.assign(
      vi.fn(async () => pretend(desk.clock, far)),
      { outlook: { least: { lookup: least, train: least } } },
    );
    desk.rowan.registerBackend("gpu", factory);
    desk.register("near", near);
    await desk.rowan.selectBackend({ ...small, cache: false });
    expect(factory).not.toHaveBeenCalled();
  });

  test("shows that a backend is not there without loading it", async () => {
    const examine = async (): Promise<never> => {
      throw new desk.rowan.BackendUnavailableError({ reason: "navigator.gpu is not there.", remedy: "Use another browser." });
    };
    const gpu = desk.register("gpu", far, { examine });
    desk.register("near", near);
    await desk.rowan.selectBackend({ ...large, cache: false });
    expect(gpu.factory).not.toHaveBeenCalled();
    expect(desk.outcomes()).toEqual({ gpu: "unavailable", near: "chosen" });
  });
});

describe("a software adapter", () => {
  const fast: Pretence = { cost: { callMs: 0.005, idNs: 1, valueNs: 0.01 }, hardware: swiftshader };

  test.each([
    ["which is seen without loading it", { examine: async () => swiftshader }],
    ["which is seen when it is made", undefined],
  ])("never wins by being called a GPU: %s", async (_how, outlook) => {
    desk.register("gpu", fast, outlook);
    desk.register("near", near);
    await desk.rowan.selectBackend({ ...large, cache: false });
    expect(desk.outcomes()).toEqual({ gpu: "passedOver", near: "chosen" });
    await desk.rowan.selectBackend({ prefer: ["gpu", "near"], cache: false });
    expect(desk.selection()).toMatchObject({ chosen: "near", by: "preference" });
    expect(desk.rowan.explainSelection()).toContain("google swiftshader is software");
  });

  test("is taken where nothing else is there, and by its name", async () => {
    const gpu = desk.register("gpu", fast);
    desk.registerMissing("other");
    expect(await desk.rowan.selectBackend({ ...small, cache: false })).toBe(gpu.made.at(-1));
    expect(desk.selection()).toMatchObject({ chosen: "gpu", by: "measurement" });
    expect(await desk.rowan.selectBackend("gpu")).toBe(gpu.made.at(-1));
  });
});

describe("by name", () => {
  test("is a hard choice that fails loudly, and leaves the default alone", async () => {
    const one = desk.register("near", near);
    desk.registerMissing("gpu");
    await desk.rowan.selectBackend("near");
    const error = await failureOf(desk.rowan.selectBackend("gpu"));
    expect(error).toBeInstanceOf(desk.rowan.BackendUnavailableError);
    expect(error.message).toBe("There is no GPU. Buy one.");
    expect(desk.rowan.defaultBackend()).toBe(one.made[0]);
    expect(desk.rowan.explainSelection()).toContain("Chosen: near (pretended): it was asked for by its name.");
  });

  test("the only one is not measured", async () => {
    desk.register("near", near);
    await desk.rowan.selectBackend();
    expect([desk.selection().by, desk.clock.ms]).toEqual(["only", 0]);
  });
});

describe("ROWAN_BACKEND", () => {
  test("is a hard choice", async () => {
    desk.register("near", near);
    desk.register("far", far);
    vi.stubEnv("ROWAN_BACKEND", "far");
    await desk.rowan.selectBackend({ ...small, prefer: ["near"], cache: desk.cache });
    expect(desk.selection()).toMatchObject({ chosen: "far", by: "environment" });
    vi.stubEnv("ROWAN_BACKEND", "abacus");
    const error = await failureOf(desk.rowan.selectBackend());
    expect(error.message).toMatch(/^ROWAN_BACKEND=abacus cannot be had: .*Registered: near, far\. Set ROWAN_BACKEND to another name/);
  });

  test("with several names is an order of preference, and an error where none is there", async () => {
    desk.registerMissing("gpu");
    desk.register("far", far);
    vi.stubEnv("ROWAN_BACKEND", "gpu, far");
    await desk.rowan.selectBackend();
    expect(desk.selection()).toMatchObject({ chosen: "far", by: "environment" });
    vi.stubEnv("ROWAN_BACKEND", "gpu,abacus");
    expect((await failureOf(desk.rowan.selectBackend())).message).toContain("Received: ROWAN_BACKEND=gpu,abacus.");
  });

  test("does not overrule a name in the program", async () => {
    desk.register("near", near);
    desk.register("far", far);
    vi.stubEnv("ROWAN_BACKEND", "far");
    await desk.rowan.selectBackend("near");
    expect(desk.selection()).toMatchObject({ chosen: "near", by: "name" });
  });
});

describe("a preference", () => {
  test("takes the first that is there, unmeasured", async () => {
    desk.registerMissing("gpu");
    desk.register("near", near);
    desk.register("far", far);
    await desk.rowan.selectBackend({ ...small, prefer: ["gpu", "unknown", "far"], cache: desk.cache });
    expect([desk.selection().chosen, desk.selection().by, desk.clock.ms]).toEqual(["far", "preference", 0]);
    expect(desk.outcomes()).toEqual({ gpu: "unavailable", near: "notLoaded", far: "chosen" });
  });

  test("gives way to a measurement where none of them is there", async () => {
    desk.registerMissing("gpu");
    desk.register("near", near);
    desk.register("far", far);
    await desk.rowan.selectBackend({ ...small, prefer: ["gpu"], cache: desk.cache });
    expect(desk.selection()).toMatchObject({ chosen: "near", by: "measurement" });
  });
});

describe("wrong use", () => {
  test.each([
    [{ inputDim: 0 }, "inputDim"],
    [{ work: "guess" }, '`work` must be "lookup" or "train"'],
    [{ prefer: "cpu" }, "`prefer` must be a list of names"],
    [{ prefer: ["abacus"] }, "Registered: near"],
    [{ batchSize: 3 }, "selectBackend has no option `batchSize`"],
    [{ input_dim: 3 }, "Write inputDim"],
    [3, "selectBackend takes its options as one object"],
  ])("%j is named", async (options, message) => {
    desk.register("near", near);
    const error = await failureOf(desk.rowan.selectBackend(options as never));
    expect(error).toBeInstanceOf(desk.rowan.InvalidArgumentError);
    expect(error.message).toContain(message);
  });

  test("nothing is registered, nothing was selected", async () => {
    expect((await failureOf(desk.rowan.selectBackend())).message).toBe(
      "No backend is registered. Call registerBackend(name, factory) first.",
    );
    expect(desk.rowan.explainSelection()).toContain("call selectBackend() first");
  });
});
